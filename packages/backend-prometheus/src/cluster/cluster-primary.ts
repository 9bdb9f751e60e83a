import type { Cluster, Worker } from "node:cluster";
import type { Exposition } from "../exposition/exposition.ts";
import type { ClusterFigures } from "../exposition/own-lines.ts";
import { OPENMETRICS, PROMETHEUS_TEXT } from "../exposition-format.ts";
import type { ScrapeSource } from "../http/scrape-response.ts";
import { packed, type ToPrimary, type ToWorker, unpacked } from "./cluster-message.ts";
import { CoalescedWork } from "./coalesced-work.ts";
import { TotalsReceiver } from "./totals-receiver.ts";

interface ClusterPrimaryOptions extends ScrapeSource {
  readonly cluster: Cluster;
  readonly channel: string;
  readonly exposition: Exposition;
  readonly clusterWaitSeconds: number;
  readonly onWarning: (message: string) => void;
}

/** A worker process that has joined. */
interface Member {
  readonly worker: Worker;
  readonly id: string;
  readonly receiver: TotalsReceiver;
  /** Set while it owes an answer. */
  owes: { readonly request: number; readonly answered: () => void } | undefined;
  /** Texts that are being written there, by request. */
  readonly texts: Map<number, AsyncIterator<string>>;
}

/**
 * The primary's side of a cluster: takes in what worker processes count, asks all of them before a scrape, and gives the
 * text to those that answer scrapes themselves. Who does not answer in time is left out with its newest figures, counted,
 * and not waited for again until it has answered.
 */
export class ClusterPrimary {
  readonly #options: ClusterPrimaryOptions;
  /** By the cluster's number of the worker process. */
  readonly #members = new Map<number, Member>();
  readonly #asking: CoalescedWork = new CoalescedWork(() => this.#askAll());
  #used = false;
  #unanswered = 0;
  #requests = 0;

  constructor(options: ClusterPrimaryOptions) {
    this.#options = options;
    const { cluster } = options;
    cluster.on("message", this.#onMessage);
    // Not `exit`: what a process has sent may arrive after that, and never after this.
    cluster.on("disconnect", this.#onDisconnect);
    for (const worker of Object.values(cluster.workers ?? {})) if (worker) this.#send(worker, { kind: "call" });
  }

  /** `undefined` as long as no worker process has joined. */
  get figures(): ClusterFigures | undefined {
    return this.#used ? { processes: this.#members.size + 1, unanswered: this.#unanswered } : undefined;
  }

  /** Resolves when all members have told what they count, or have been waited for long enough. */
  refresh(): Promise<void> {
    return this.#members.size === 0 ? Promise.resolve() : this.#asking.run();
  }

  close(): void {
    const { cluster } = this.#options;
    cluster.off("message", this.#onMessage);
    cluster.off("disconnect", this.#onDisconnect);
    for (const member of this.#members.values()) {
      this.#send(member.worker, { kind: "left" });
      this.#forget(member);
    }
  }

  readonly #onMessage = (worker: Worker, received: unknown): void => {
    const message = unpacked<ToPrimary>(this.#options.channel, received);
    if (message === undefined) return;
    try {
      this.#take(worker, message);
    } catch (error) {
      this.#options.onWarning(`prometheus: a worker process of the cluster is not understood: ${String(error)}`);
    }
  };

  readonly #onDisconnect = (worker: Worker): void => {
    const member = this.#members.get(worker.id);
    if (member !== undefined) this.#forget(member);
  };

  #take(worker: Worker, message: ToPrimary): void {
    const member = this.#members.get(worker.id);
    if (message.kind === "hello") {
      this.#join(worker, message.id, member);
      return;
    }
    if (member === undefined) return;
    if (message.kind === "totals") {
      this.#send(worker, { kind: "taken" });
      member.receiver.take(message);
    } else if (message.kind === "collected") {
      if (member.owes?.request !== message.request) return;
      member.owes.answered();
      member.owes = undefined;
    } else if (message.kind === "scrape") {
      const format = message.format === "openmetrics" ? OPENMETRICS : PROMETHEUS_TEXT;
      member.texts.set(message.request, this.#options.scrape(format)[Symbol.asyncIterator]());
      void this.#next(member, message.request);
    } else if (message.kind === "more") {
      void this.#next(member, message.request);
    } else {
      void member.texts.get(message.request)?.return?.();
      member.texts.delete(message.request);
    }
  }

  #join(worker: Worker, id: string, known: Member | undefined): void {
    // It may have said hello when it began and once more when it was called.
    if (known?.id === id) return;
    if (known !== undefined) this.#forget(known);
    const receiver = new TotalsReceiver(this.#options.exposition);
    this.#members.set(worker.id, { worker, id, receiver, owes: undefined, texts: new Map() });
    this.#used = true;
    this.#send(worker, { kind: "joined" });
  }

  #forget(member: Member): void {
    this.#members.delete(member.worker.id);
    member.owes?.answered();
    for (const text of member.texts.values()) void text.return?.();
    member.receiver.end();
  }

  async #next({ worker, texts }: Member, request: number): Promise<void> {
    const text = texts.get(request);
    if (text === undefined) return;
    try {
      const { done, value } = await text.next();
      if (done === true) texts.delete(request);
      this.#send(worker, { kind: "text", request, ...(done === true ? {} : { text: value }) });
    } catch (error) {
      texts.delete(request);
      this.#send(worker, { kind: "failed", request, why: error instanceof Error ? error.message : String(error) });
    }
  }

  async #askAll(): Promise<void> {
    const answers = [...this.#members.values()].filter(({ owes }) => owes === undefined).map((one) => this.#ask(one));
    let patience: NodeJS.Timeout | undefined;
    const enough = new Promise<void>((resolve) => {
      patience = setTimeout(resolve, this.#options.clusterWaitSeconds * 1000);
    });
    await Promise.race([Promise.all(answers), enough]);
    clearTimeout(patience);
    for (const { owes } of this.#members.values()) if (owes !== undefined) this.#unanswered++;
  }

  #ask(member: Member): Promise<void> {
    const request = ++this.#requests;
    return new Promise((answered) => {
      member.owes = { request, answered };
      this.#send(member.worker, { kind: "collect", request });
    });
  }

  #send(worker: Worker, message: ToWorker): void {
    try {
      // The callback takes errors of a channel that is gone, which would end the process otherwise.
      worker.send(packed(this.#options.channel, message), undefined, undefined, () => {});
    } catch {
      // Its end is told by `disconnect`.
    }
  }
}
