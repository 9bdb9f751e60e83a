import {
  type Clock,
  MetricsError,
  type MetricsReader,
  nearestNames,
  processRegistry,
  type StateStore,
  systemClock,
} from "@giflab/metrics-core";
import type { Alert, AlertReport, AlertStatus, Unjudged } from "./alert-report.ts";
import type { AlertRule } from "./alert-rule.ts";
import { gatherEvidence } from "./gather-evidence.ts";
import { type Judgement, judgeRule } from "./judge-rule.ts";
import { loadRules, NO_RULES, type StoredRules, saveRule } from "./stored-rules.ts";
import { recordTransitions } from "./transitions.ts";

export interface AlertManagerOptions {
  /** Where the metrics are. May be bound later. */
  readonly reader?: MetricsReader;
  /** Where rules and transitions are kept; without it nothing is remembered between evaluations. */
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

/** Evaluates alert rules over a metrics store: see `evaluate`. */
export class AlertManager {
  /** Rules that hold anyway: given at construction or when the stores were bound. Not stored. */
  #given: ReadonlyMap<string, AlertRule>;
  /** Rules added in code, which are stored once there is where. */
  readonly #added = new Map<string, AlertRule>();
  readonly #clock: Clock;
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

  /** Removes a rule that was added in code, here and beside the metrics. */
  removeRule(name: string): void {
    this.#added.delete(name);
    this.#save(name, undefined);
  }

  /** Resolves when the rules added so far are stored. Never rejects: a store that cannot be written keeps none. */
  saved(): Promise<void> {
    return this.#saving;
  }

  /**
   * Judges every series that a rule is about, over the last `windowSeconds`, and records what changed.
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
    const judged: { readonly rule: AlertRule; readonly judgements: readonly Judgement[] }[] = [];
    for (const [seconds, group] of Map.groupBy(rules, (rule) => rule.windowSeconds ?? windowSeconds)) {
      const evidence = await gatherEvidence(reader, group, to - seconds, to);
      judged.push(...group.map((rule) => ({ rule, judgements: judgeRule(rule, evidence(rule)) })));
    }
    return this.#report(judged, unreadable, { from: to - windowSeconds, to, seconds: windowSeconds });
  }

  async #chosen(check: string): Promise<StoredRules> {
    const stored = this.#state === undefined ? NO_RULES : await loadRules(this.#state);
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

  async #report(
    judged: readonly { readonly rule: AlertRule; readonly judgements: readonly Judgement[] }[],
    unreadable: StoredRules["unreadable"],
    window: AlertReport["window"],
  ): Promise<AlertReport> {
    const firing: Omit<Alert, "since">[] = [];
    const learning: Unjudged[] = [];
    const noData: Unjudged[] = unreadable.map(({ name, reason }) => ({ rule: name, metric: "", tags: {}, reason }));
    let evaluated = 0;
    for (const { rule, judgements } of judged) {
      for (const judgement of judgements) {
        const { name: metric, tags } = judgement.summary;
        if (judgement.kind === "learning") learning.push({ rule: rule.name, metric, tags, reason: judgement.reason });
        else if (judgement.kind === "noData") noData.push({ rule: rule.name, metric, tags, reason: judgement.reason });
        else evaluated++;
        const alert = toAlert(rule, judgement);
        if (alert !== undefined) firing.push(alert);
      }
      if (judgements.length > 0) continue;
      const absent = {
        rule: rule.name,
        metric: rule.metricPattern,
        tags: {},
        reason: "no such metric in the store's window",
      };
      noData.push(absent);
      const alert = absentAlert(rule, absent.metric, {}, absent.reason);
      if (alert !== undefined) firing.push(alert);
    }
    const rules = new Set(judged.map(({ rule }) => rule.name));
    const { since, recorded } = await recordTransitions(this.#state, firing, rules, window.to);
    const alerts = firing.map((alert, index) => ({ ...alert, since: since[index]! })).sort(bySeverity);
    const allowed = judged.some(({ rule }) => rule.noData === "ok");
    return {
      status: statusOf(alerts, evaluated > 0 || allowed),
      alerts,
      evaluated,
      learning,
      noData,
      window,
      transitionsRecorded: recorded,
    };
  }

  #save(name: string, rule: AlertRule | undefined): void {
    const state = this.#state;
    if (state === undefined) return;
    // A store that cannot be written just now costs the CLI this rule, and the program nothing.
    this.#saving = this.#saving.then(() => saveRule(state, name, rule)).catch(() => {});
  }
}

function toAlert(rule: AlertRule, judgement: Judgement): Omit<Alert, "since"> | undefined {
  const { name: metric, tags } = judgement.summary;
  if (judgement.kind === "noData") return absentAlert(rule, metric, tags, judgement.reason);
  if (judgement.kind !== "judged" || judgement.level === "ok") return undefined;
  const { level, value, measured, limit, baseline } = judgement;
  const threshold = level === "critical" ? rule.criticalThreshold : rule.warningThreshold;
  const message = rule
    .message({ rule: rule.name, metric, level, value, threshold, measured, limit, baseline, tags })
    .trimEnd();
  return { rule: rule.name, metric, tags, level, state: "firing", value, threshold, message };
}

/** The alert of a rule whose policy says that missing data is one. */
function absentAlert(
  rule: AlertRule,
  metric: string,
  tags: Alert["tags"],
  reason: string,
): Omit<Alert, "since"> | undefined {
  const { noData: level } = rule;
  if (level !== "warning" && level !== "critical") return undefined;
  const threshold = level === "critical" ? rule.criticalThreshold : rule.warningThreshold;
  return {
    rule: rule.name,
    metric,
    tags,
    level,
    state: "firing",
    value: null,
    threshold,
    message: `${metric}: ${reason}`,
  };
}

function statusOf(alerts: readonly Alert[], judgedAny: boolean): AlertStatus {
  if (alerts.some((alert) => alert.level === "critical")) return "critical";
  if (alerts.length > 0) return "warning";
  return judgedAny ? "ok" : "unknown";
}

function bySeverity(a: Alert, b: Alert): number {
  if (a.level !== b.level) return a.level === "critical" ? -1 : 1;
  const [x, y] = [a, b].map((alert) => `${alert.rule}\0${alert.metric}\0${JSON.stringify(alert.tags)}`);
  return x! < y! ? -1 : 1;
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
