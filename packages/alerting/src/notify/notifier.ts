import type { StateStore } from "@giflab/metrics-core";
import type { Alert, AlertReport } from "../alert-report.ts";
import { type Deliver, type DeliverOptions, deliverer } from "./deliver.ts";
import { fingerprint, labelName, type NotifiedAlert, notifiedAlert, sorted } from "./notification.ts";
import { type NotifierOptions, type NotifierSettings, notifierSettings } from "./notifier-options.ts";
import { NotNowError } from "./post-json.ts";
import { type KnownGroup, type SentGroup, saveGroup, sentGroups } from "./sent-group.ts";

/** How long one who notifies may take before another process takes over. */
const CLAIM_SECONDS = 120;

/** Alerts of this evaluation that have the same group labels. */
interface Group {
  readonly labels: Readonly<Record<string, string>>;
  readonly firing: NotifiedAlert[];
  /** Those of `firing` that nobody has acknowledged. */
  readonly open: NotifiedAlert[];
  /** Fire, but are silenced: not told of, and not over. */
  readonly silenced: NotifiedAlert[];
}

/** One time that a notifier is told what is due. */
interface Round {
  readonly at: number;
  readonly store: StateStore;
  /** Nobody was there for one group: the others wait for the next round, which saves as many timeouts. */
  isUnanswered: boolean;
}

/** What could not be told. */
export interface NotificationFailure {
  readonly notifier: string;
  readonly reason: string;
}

/**
 * Tells somebody of alerts: of what is new in a group or has ended at once, of what still fires every `repeatInterval`. What
 * was told is remembered beside the metrics, so that several processes that evaluate tell it once. What could not be told is
 * tried again at the next evaluation: nothing is queued, as what is due follows from what fires. However long somebody is not
 * there, what still fires is told when he is back, with the end of what he had been told of; what came and went meanwhile is not.
 */
export class Notifier {
  readonly #settings: NotifierSettings;
  readonly #deliver: Deliver;
  /** An Alertmanager does the rest itself: it is told of everything, every time. */
  readonly #always: boolean;
  /** It could not be told the last time: one attempt is enough until it can, so that evaluations go on in time. */
  #isAway = false;

  /** Throws `INVALID_OPTION`, also for a variable that the environment does not have. */
  constructor(options: NotifierOptions, deliverOptions: DeliverOptions = {}) {
    this.#settings = notifierSettings(options);
    this.#deliver = deliverer(options, this.#settings, deliverOptions);
    this.#always = options.type === "alertmanager";
  }

  get name(): string {
    return this.#settings.name;
  }

  /** Tells what is due of a report. Resolves to what could not be told; throws the store's errors. */
  async notify(report: AlertReport, store: StateStore): Promise<readonly NotificationFailure[]> {
    const groups = this.#groupsOf(report.alerts);
    const known = await sentGroups(store, this.name);
    const failures: NotificationFailure[] = [];
    const round: Round = { at: report.window.to, store, isUnanswered: false };
    for (const key of new Set([...groups.keys(), ...known.keys()])) {
      const reason = await this.#notifyGroup(key, groups.get(key), known.get(key), round);
      if (reason !== undefined) failures.push({ notifier: this.name, reason });
    }
    return failures;
  }

  /** Resolves to why it failed. */
  async #notifyGroup(
    groupKey: string,
    group: Group | undefined,
    known: KnownGroup | undefined,
    round: Round,
  ): Promise<string | undefined> {
    const { at, store } = round;
    const { name, repeatSeconds, sendResolved } = this.#settings;
    const { firing = [], open = [], silenced = [] } = group ?? {};
    const before = known?.sent;
    if (before !== undefined && isClaimed(before, at)) return undefined;
    const told = new Set(before?.firing.map(fingerprint));
    const alive = new Set([...firing, ...silenced].map(fingerprint));
    const isNew = firing.some((one) => !told.has(fingerprint(one)));
    const ended = (before?.firing ?? []).filter((one) => !alive.has(fingerprint(one)));
    const isRepeat = open.length > 0 && Math.abs(at - (before?.at ?? at)) >= repeatSeconds;
    const due = isNew || (ended.length > 0 && sendResolved) || isRepeat || (this.#always && firing.length > 0);
    const groupLabels = group?.labels ?? before?.groupLabels ?? {};
    const stillTold = silenced.filter((one) => told.has(fingerprint(one)));
    const next: SentGroup | undefined =
      firing.length + stillTold.length === 0
        ? undefined
        : { groupLabels, at: due ? at : (before?.at ?? at), firing: [...firing, ...stillTold] };
    // What he had been told of may end now, although he can only be told later.
    const untold = before && withEnds(before, ended, at);
    if (!due || round.isUnanswered) {
      if (!due && ended.length > 0) await saveGroup(store, name, groupKey, known?.version ?? 0, next);
      else if (untold !== before) await saveGroup(store, name, groupKey, known?.version ?? 0, untold);
      return undefined;
    }
    const claim: SentGroup = {
      groupLabels,
      at: before?.at ?? at,
      firing: before?.firing ?? [],
      claimedUntil: at + CLAIM_SECONDS,
    };
    const version = await saveGroup(store, name, groupKey, known?.version ?? 0, claim);
    // Another process tells it.
    if (version === undefined) return undefined;
    const notification = { notifier: name, groupKey, groupLabels, at, firing, resolved: sendResolved ? ended : [] };
    try {
      await this.#deliver(notification, this.#isAway ? 1 : undefined);
      this.#isAway = false;
    } catch (error) {
      this.#isAway = error instanceof NotNowError;
      round.isUnanswered = error instanceof NotNowError && error.unanswered;
      await saveGroup(store, name, groupKey, version, untold);
      return (error as Error).message;
    }
    await saveGroup(store, name, groupKey, version, next);
    return undefined;
  }

  #groupsOf(alerts: readonly Alert[]): Map<string, Group> {
    const groups = new Map<string, Group>();
    for (const alert of alerts) {
      if (alert.state !== "firing") continue;
      if (alert.notifiers !== undefined && !alert.notifiers.includes(this.name)) continue;
      const notified = notifiedAlert(alert);
      const labels = this.#groupLabels(notified);
      const key = JSON.stringify(Object.entries(labels));
      const group = groups.get(key) ?? { labels, firing: [], open: [], silenced: [] };
      groups.set(key, group);
      if (alert.silenced !== undefined) group.silenced.push(notified);
      else {
        group.firing.push(notified);
        if (alert.acknowledged === undefined) group.open.push(notified);
      }
    }
    return groups;
  }

  #groupLabels({ labels }: NotifiedAlert): Record<string, string> {
    const named = this.#settings.groupBy.flatMap((wanted): [string, string][] => {
      const label = GROUP_NAMES[wanted] ?? labelName(wanted);
      return labels[label] === undefined ? [] : [[label, labels[label]]];
    });
    return sorted(Object.fromEntries(named));
  }
}

/** Our own words for labels. */
const GROUP_NAMES: Readonly<Record<string, string>> = { rule: "alertname", level: "severity" };

/** Whether somebody is at it. A claim further ahead than it lasts was made by a clock that was wrong, and is nobody's. */
function isClaimed({ claimedUntil = 0 }: SentGroup, at: number): boolean {
  return claimedUntil > at && claimedUntil <= at + CLAIM_SECONDS;
}

/** A group, unclaimed, with the time at which alerts of it ended; the very same object when nothing changes. */
function withEnds(group: SentGroup, ended: readonly NotifiedAlert[], at: number): SentGroup {
  const firing = group.firing.map((one): NotifiedAlert => {
    if (ended.includes(one)) return one.endedAt === undefined ? { ...one, endedAt: at } : one;
    // It fires again, or still.
    const { endedAt, ...alive } = one;
    return endedAt === undefined ? one : alive;
  });
  const isSame = group.claimedUntil === undefined && firing.every((one, index) => one === group.firing[index]);
  return isSame ? group : { groupLabels: group.groupLabels, at: group.at, firing };
}

/** Tells all notifiers, none waiting for another. Resolves to what could not be told; throws the store's errors. */
export async function notifyAll(
  notifiers: readonly Notifier[],
  report: AlertReport,
  store: StateStore,
): Promise<readonly NotificationFailure[]> {
  const told = await Promise.allSettled(notifiers.map((notifier) => notifier.notify(report, store)));
  return told.flatMap((one) => {
    if (one.status === "rejected") throw one.reason;
    return one.value;
  });
}
