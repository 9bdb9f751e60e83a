import {
  type Clock,
  isMetricsError,
  MemoryState,
  MetricsError,
  type MetricsReader,
  nearestNames,
  processRegistry,
  type StateStore,
  systemClock,
} from "@giflab/metrics-core";
import { type AcknowledgeOptions, acknowledge } from "./acknowledge.ts";
import { appendHistory, type HistoryQuery, readHistory } from "./alert-history.ts";
import type { AlertReport } from "./alert-report.ts";
import type { AlertRule } from "./alert-rule.ts";
import { AlertStates, forgetStates } from "./alert-states.ts";
import { Evaluation } from "./evaluation.ts";
import { gatherEvidence } from "./gather-evidence.ts";
import { judgeRule } from "./judge-rule.ts";
import { type NotificationFailure, type Notifier, notifyAll } from "./notify/notifier.ts";
import { SavedBaselines } from "./saved-baseline.ts";
import { addSilence, listSilences, removeSilences, type Silence, type SilenceOptions } from "./silences.ts";
import type { Transition } from "./step-rule.ts";
import { type KnownRules, loadRules, NO_RULES, type StoredRules, saveRule } from "./stored-rules.ts";

export interface AlertManagerOptions {
  /** Where the metrics are. May be bound later. */
  readonly reader?: MetricsReader;
  /** Where rules, states, history and silences are kept; without it they last as long as this object. */
  readonly state?: StateStore;
  /** Rules that hold anyway, such as those of a configuration; not stored. */
  readonly rules?: readonly AlertRule[];
  readonly clock?: Clock;
}

export interface EvaluateOptions {
  /** Seconds up to now; default 300. A rule's own window wins. */
  readonly windowSeconds?: number;
  /** Name of one rule, or `all` (default). */
  readonly check?: string;
}

/** Evaluates alert rules over a metrics store, and remembers what became of them: see `evaluate`. */
export class AlertManager {
  /** Rules that hold anyway: given at construction or when the stores were bound. Not stored. */
  #given: ReadonlyMap<string, AlertRule>;
  /** Rules added in code, which are stored once there is where. */
  readonly #added = new Map<string, AlertRule>();
  readonly #clock: Clock;
  readonly #baselines = new SavedBaselines();
  readonly #stored: KnownRules = new Map();
  /** Stands in for a state store. */
  readonly #memory = new MemoryState();
  #reader: MetricsReader | undefined;
  #state: StateStore | undefined;
  #saving: Promise<void> = Promise.resolve();

  constructor(options: AlertManagerOptions = {}) {
    this.#clock = options.clock ?? systemClock;
    this.#given = byName(options.rules ?? []);
    this.bind(options);
  }

  /** The rules known here; one added in code stands in for a given one of the same name. */
  get rules(): readonly AlertRule[] {
    return [...new Map([...this.#given, ...this.#added]).values()];
  }

  /**
   * Says where metrics and state are, when that becomes known; rules added before are stored then. `rules` replaces the given
   * rules, such as those of a configuration; they are not stored.
   */
  bind(stores: {
    readonly reader?: MetricsReader | undefined;
    readonly state?: StateStore | undefined;
    readonly rules?: readonly AlertRule[] | undefined;
  }): void {
    this.#reader = stores.reader;
    this.#state = stores.state;
    if (stores.rules !== undefined) this.#given = byName(stores.rules);
    for (const rule of this.#added.values()) this.#save(rule.name, rule);
  }

  /** Adds a rule, or replaces the one of that name; it is stored beside the metrics, so that `giflab metrics alerts` evaluates it too. */
  addRule(rule: AlertRule): void {
    this.#added.set(rule.name, rule);
    this.#save(rule.name, rule);
  }

  /** Removes a rule that was added in code, here and beside the metrics, with its states unless a given rule has its name. */
  removeRule(name: string): void {
    this.#added.delete(name);
    this.#save(name, undefined);
    const state = this.#state;
    if (state === undefined || this.#given.has(name)) return;
    this.#saving = this.#saving.then(() => forgetStates(state, name)).catch(() => {});
  }

  /** Resolves when the rules added so far are stored. Never rejects: a store that cannot be written keeps none. */
  saved(): Promise<void> {
    return this.#saving;
  }

  /**
   * Judges every series that a rule is about, over the last `windowSeconds`, steps its state and records what changed.
   * Throws `INVALID_OPTION` for an unknown rule, `BACKEND_UNAVAILABLE` before a reader is bound, and the store's errors.
   */
  async evaluate(options: EvaluateOptions = {}): Promise<AlertReport> {
    const reader = this.#reader;
    if (reader === undefined) {
      throw new MetricsError(
        "BACKEND_UNAVAILABLE",
        "no metrics store is bound: start monitoring, or give AlertManager a reader",
      );
    }
    const { windowSeconds = 300, check = "all" } = options;
    if (!(windowSeconds > 0))
      throw new MetricsError("INVALID_OPTION", `windowSeconds must be above 0, got ${windowSeconds}`);
    const to = this.#clock.now();
    const { rules, unreadable } = await this.#chosen(check);
    const store = this.#store;
    const states = await AlertStates.load(store, check === "all" ? undefined : check);
    const evaluation = new Evaluation(
      { from: to - windowSeconds, to, seconds: windowSeconds },
      await listSilences(store, to),
    );
    for (const { name, reason } of unreadable) evaluation.addUnreadable(name, reason);
    try {
      for (const [seconds, group] of Map.groupBy(rules, (rule) => rule.windowSeconds ?? windowSeconds)) {
        const evidence = await gatherEvidence(reader, this.#baselines, group, { from: to - seconds, to });
        for (const rule of group) {
          const judgements = judgeRule(rule, evidence(rule));
          const step = await states.step(rule, judgements, to);
          if (step.recorded) await appendHistory(store, rule.name, step.transitions).catch(unlessStoreError);
          evaluation.add(rule, judgements, step);
        }
      }
    } finally {
      await states.end();
    }
    if (check === "all") await states.forgetOthers(new Set(rules.map(({ name }) => name)), to);
    const report = evaluation.report();
    return this.#state === undefined ? { ...report, transitionsRecorded: false } : report;
  }

  /** Every rule that an evaluation judges: those known here, and those that programs have left beside their metrics. */
  async allRules(): Promise<readonly AlertRule[]> {
    return (await this.#chosen("all")).rules;
  }

  /** What evaluations of any process have changed, the oldest first. Throws the store's errors. */
  history(query: HistoryQuery = {}): Promise<readonly Transition[]> {
    return readHistory(this.#store, query);
  }

  /** Silences alerts from now on. Throws `INVALID_OPTION`, and the store's errors. */
  silence(options: SilenceOptions): Promise<Silence> {
    return addSilence(this.#store, options, this.#clock.now());
  }

  /** The silences that hold, the first to end first. Throws the store's errors. */
  silences(): Promise<readonly Silence[]> {
    return listSilences(this.#store, this.#clock.now());
  }

  /** Ends the silence with an id, or all of a rule; resolves to those that ended. Throws the store's errors. */
  unsilence(idOrRule: string): Promise<readonly Silence[]> {
    return removeSilences(this.#store, idOrRule, this.#clock.now());
  }

  /**
   * Says of the alerts of a rule that fire that somebody cares, until they end or get worse; resolves to how many they are.
   * Throws `INVALID_OPTION`, and the store's errors.
   */
  acknowledge(options: AcknowledgeOptions): Promise<number> {
    return acknowledge(this.#store, options, this.#clock.now());
  }

  /**
   * Tells notifiers what is due of a report of `evaluate`; what was told is remembered with the states, so that processes that
   * evaluate the same store tell it once. Resolves to what could not be told. Throws the store's errors.
   */
  notify(report: AlertReport, notifiers: readonly Notifier[]): Promise<readonly NotificationFailure[]> {
    return notifyAll(notifiers, report, this.#store);
  }

  get #store(): StateStore {
    return this.#state ?? this.#memory;
  }

  async #chosen(check: string): Promise<StoredRules> {
    const stored = this.#state === undefined ? NO_RULES : await loadRules(this.#state, this.#stored);
    const rules = new Map([...this.#given, ...byName(stored.rules), ...this.#added]);
    const unreadable = stored.unreadable.filter(({ name }) => !this.#added.has(name));
    if (check === "all") return { rules: [...rules.values()], unreadable };
    const damaged = unreadable.filter(({ name }) => name === check);
    const rule = rules.get(check);
    if (rule !== undefined || damaged.length > 0) return { rules: rule ? [rule] : [], unreadable: damaged };
    const near = nearestNames(check, rules.keys());
    const hint =
      near.length > 0 ? `did you mean ${near.join(" or ")}?` : `there are ${[...rules.keys(), "all"].join(", ")}`;
    throw new MetricsError("INVALID_OPTION", `there is no alert rule ${JSON.stringify(check)}: ${hint}`);
  }

  #save(name: string, rule: AlertRule | undefined): void {
    const state = this.#state;
    if (state === undefined) return;
    // A store that cannot be written just now costs the CLI this rule, and the program nothing.
    this.#saving = this.#saving.then(() => saveRule(state, name, rule)).catch(() => {});
  }
}

function unlessStoreError(error: unknown): void {
  if (!isMetricsError(error)) throw error;
}

function byName(rules: readonly AlertRule[]): ReadonlyMap<string, AlertRule> {
  return new Map(rules.map((rule) => [rule.name, rule]));
}

/** The process-wide alert manager. Rules may be added before monitoring starts. */
export function getAlertManager(): AlertManager {
  const registry = processRegistry();
  registry.alertManager ??= new AlertManager();
  return registry.alertManager as AlertManager;
}
