import { MetricsError } from "@giflab/metrics-core";
import type { Exposition } from "../exposition/exposition.ts";
import type { InstanceState } from "../exposition/instance-state.ts";
import type { ExpositionFormat } from "../exposition-format.ts";
import { packed, type ToPrimary, type ToWorker, unpacked } from "./cluster-message.ts";
import { CoalescedWork } from "./coalesced-work.ts";
import { TotalsSender } from "./totals-sender.ts";

/** Seconds after which a process whose metrics nobody serves says so. */
const LONELY_SECONDS = 10;

/** Seconds in which the primary must answer, beside those that it may wait for others itself. */
const ANSWER_SECONDS = 5;

interface ClusterMemberOptions {
  readonly channel: string;
  readonly exposition: Exposition;
  readonly clusterWaitSeconds: number;
  /** Takes in what this process has recorded up to now. */
  readonly collect: () => Promise<void>;
  /** Called when the primary has not taken this process in for ten seconds. */
  readonly onLonely: () => void;
}

type Answer = (message: Extract<ToWorker, { request: number }> | undefined) => void;

/**
 * The worker process' side of a cluster: tells the primary what is counted here, and gets the text for scrapes that are
 * answered here. What is counted is told once, at the pace at which the primary takes it in: while that is slow, what is
 * new adds up here and is told later, so nothing piles up and nothing is lost.
 */
export class ClusterMember {
  readonly #options: ClusterMemberOptions;
  readonly #id: string = crypto.randomUUID();
  readonly #telling: CoalescedWork = new CoalescedWork(() => this.#tell());
  readonly #answers = new Map<number, Answer>();
  #sender: TotalsSender | undefined;
  #instance: InstanceState | undefined;
  #taken: (() => void) | undefined;
  #requests = 0;
  readonly #lonely: NodeJS.Timeout;

  constructor(options: ClusterMemberOptions) {
    this.#options = options;
    process.on("message", this.#onMessage);
    process.on("disconnect", this.#leave);
    this.#send({ kind: "hello", id: this.#id });
    this.#lonely = setTimeout(() => this.joined || options.onLonely(), LONELY_SECONDS * 1000);
    this.#lonely.unref();
  }

  /** Whether the primary shows what is counted here. */
  get joined(): boolean {
    return this.#sender !== undefined;
  }

  /** To be called when something was counted. */
  changed(instance: InstanceState): void {
    this.#instance = instance;
    if (this.joined) void this.#telling.run();
  }

  /** Resolves when the primary knows all that is counted here up to now. */
  told(): Promise<void> {
    return this.#telling.run();
  }

  /** Sends all at once, for the end of a process. */
  tellSync(instance: InstanceState): void {
    for (const message of this.#sender?.messages(instance) ?? []) this.#send(message);
  }

  /** The text about the whole cluster. Rejects with `BACKEND_UNAVAILABLE` when the primary does not answer. */
  async *scrape(format: ExpositionFormat): AsyncGenerator<string, void, undefined> {
    const request = ++this.#requests;
    let over = false;
    try {
      let answer = this.#ask({ kind: "scrape", request, format: format.kind });
      for (;;) {
        const message = await answer;
        if (message?.kind !== "text") {
          const why = message?.kind === "failed" ? `: ${message.why}` : " in time";
          throw new MetricsError("BACKEND_UNAVAILABLE", `the primary process of the cluster did not answer${why}`);
        }
        over = message.text === undefined;
        if (message.text === undefined) return;
        yield message.text;
        answer = this.#ask({ kind: "more", request });
      }
    } finally {
      this.#answers.delete(request);
      if (!over) this.#send({ kind: "enough", request });
    }
  }

  close(): void {
    clearTimeout(this.#lonely);
    process.off("message", this.#onMessage);
    process.off("disconnect", this.#leave);
    this.#leave();
  }

  readonly #onMessage = (received: unknown): void => {
    const message = unpacked<ToWorker>(this.#options.channel, received);
    if (message === undefined) return;
    if (message.kind === "call") this.#send({ kind: "hello", id: this.#id });
    else if (message.kind === "joined") this.#join();
    else if (message.kind === "left") this.#leave();
    else if (message.kind === "taken") this.#taken?.();
    else if (message.kind === "collect") void this.#answer(message.request);
    else this.#answers.get(message.request)?.(message);
  };

  #join(): void {
    if (this.joined) return;
    this.#sender = new TotalsSender(this.#options.exposition);
    if (this.#instance !== undefined) void this.#telling.run();
  }

  /** Nobody is told anything any more; who waits for an answer gets none. */
  readonly #leave = (): void => {
    this.#sender = undefined;
    this.#taken?.();
    for (const answer of this.#answers.values()) answer(undefined);
  };

  async #answer(request: number): Promise<void> {
    await this.#options.collect();
    await this.#telling.run();
    this.#send({ kind: "collected", request });
  }

  async #tell(): Promise<void> {
    if (this.#instance === undefined) return;
    const sender = this.#sender;
    for (const message of sender?.messages(this.#instance) ?? []) {
      const taken = new Promise<void>((resolve) => {
        this.#taken = resolve;
      });
      this.#send(message);
      await taken;
      if (this.#sender !== sender) return;
    }
  }

  /** The primary's next message about a request; `undefined` when none comes in time. */
  #ask(message: Extract<ToPrimary, { request: number }>): Promise<Parameters<Answer>[0]> {
    return new Promise((resolve) => {
      const seconds = 2 * this.#options.clusterWaitSeconds + ANSWER_SECONDS;
      const patience = setTimeout(() => resolve(undefined), seconds * 1000);
      this.#answers.set(message.request, (answer) => {
        clearTimeout(patience);
        resolve(answer);
      });
      this.#send(message);
    });
  }

  #send(message: ToPrimary): void {
    try {
      // The callback takes errors of a channel that is gone, which would end the process otherwise.
      process.send?.(packed(this.#options.channel, message), undefined, undefined, () => {});
    } catch {
      // No primary any more: nobody can be told.
    }
  }
}
