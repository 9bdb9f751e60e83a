import type { StateStore } from "@giflab/metrics-core";
import type { Alert, AlertReport } from "../alert-report.ts";
import { type Deliver, type DeliverOptions, deliverer } from "./deliver.ts";
import { fingerprint, labelName, type NotifiedAlert, notifiedAlert, sorted } from "./notification.ts";
import { type NotifierOptions, type NotifierSettings, notifierSettings } from "./notifier-options.ts";
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

/** What could not be told. */
export interface NotificationFailure {
  readonly notifier: string;
  readonly reason: string;
}

/**
 * Tells somebody of alerts: of what is new in a group or has ended at once, of what still fires every `repeatInterval`. What
 * was told is remembered beside the metrics, so that several processes that evaluate tell it once. What could not be told is
 * tried again at the next evaluation: nothing is queued, as what is due follows from what fires.
 */
export class Notifier {
  readonly #settings: NotifierSettings;
  readonly #deliver: Deliver;
  /** An Alertmanager does the rest itself: it is told of everything, every time. */
  readonly #always: boolean;

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
    for (const key of new Set([...groups.keys(), ...known.keys()])) {
      const reason = await this.#notifyGroup(key, groups.get(key), known.get(key), report.window.to, store);
      if (reason !== undefined) failures.push({ notifier: this.name, reason });
    }
    return failures;
  }

  /** Resolves to why it failed. */
  async #notifyGroup(
    groupKey: string,
    group: Group | undefined,
    known: KnownGroup | undefined,
    at: number,
    store: StateStore,
  ): Promise<string | undefined> {
    const { name, repeatSeconds, sendResolved } = this.#settings;
    const { firing = [], open = [], silenced = [] } = group ?? {};
    const before = known?.sent;
    if ((before?.claimedUntil ?? 0) > at) return undefined;
    const told = new Set(before?.firing.map(fingerprint));
    const alive = new Set([...firing, ...silenced].map(fingerprint));
    const isNew = firing.some((one) => !told.has(fingerprint(one)));
    const ended = (before?.firing ?? []).filter((one) => !alive.has(fingerprint(one)));
    const isRepeat = open.length > 0 && at - (before?.at ?? at) >= repeatSeconds;
    const due = isNew || (ended.length > 0 && sendResolved) || isRepeat || (this.#always && firing.length > 0);
    const groupLabels = group?.labels ?? before?.groupLabels ?? {};
    const stillTold = silenced.filter((one) => told.has(fingerprint(one)));
    const next: SentGroup | undefined =
      firing.length + stillTold.length === 0
        ? undefined
        : { groupLabels, at: due ? at : (before?.at ?? at), firing: [...firing, ...stillTold] };
    if (!due) {
      if (ended.length > 0) await saveGroup(store, name, groupKey, known?.version ?? 0, next);
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
    try {
      await this.#deliver({ notifier: name, groupKey, groupLabels, at, firing, resolved: sendResolved ? ended : [] });
    } catch (error) {
      const release = before === undefined ? undefined : withoutClaim(before);
      await saveGroup(store, name, groupKey, version, release);
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

function withoutClaim({ groupLabels, at, firing }: SentGroup): SentGroup {
  return { groupLabels, at, firing };
}

/** Tells all notifiers, one after the other. Resolves to what could not be told; throws the store's errors. */
export async function notifyAll(
  notifiers: readonly Notifier[],
  report: AlertReport,
  store: StateStore,
): Promise<readonly NotificationFailure[]> {
  const failures: NotificationFailure[] = [];
  for (const notifier of notifiers) failures.push(...(await notifier.notify(report, store)));
  return failures;
}
