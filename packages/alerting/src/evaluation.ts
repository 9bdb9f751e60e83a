import type { Alert, AlertReport, AlertStatus, ResolvedAlert, Unjudged } from "./alert-report.ts";
import type { AlertRule } from "./alert-rule.ts";
import type { RecordedStep } from "./alert-states.ts";
import { describeAlert } from "./describe-alert.ts";
import type { Judgement } from "./judgement.ts";
import { overallState } from "./rule-state.ts";
import type { Silence } from "./silences.ts";
import { NO_SUCH_METRIC, type Transition } from "./step-rule.ts";

/** Collects what an evaluation finds, rule by rule, and makes the report of it. */
export class Evaluation {
  readonly #window: AlertReport["window"];
  readonly #silences: readonly Silence[];
  readonly #alerts: Alert[] = [];
  readonly #resolved: ResolvedAlert[] = [];
  readonly #transitions: Transition[] = [];
  readonly #learning: Unjudged[] = [];
  readonly #noData: Unjudged[] = [];
  #evaluated = 0;
  #mayBeAbsent = false;
  #recorded = true;

  constructor(window: AlertReport["window"], silences: readonly Silence[]) {
    this.#window = window;
    this.#silences = silences;
  }

  /** A stored rule that cannot be read: an alert that is never judged would look like a good one. */
  addUnreadable(rule: string, reason: string): void {
    this.#noData.push({ rule, metric: "", tags: {}, reason });
  }

  /** @param step what became of the rule's states, where something is remembered of any. */
  add(rule: AlertRule, judgements: readonly Judgement[], step: RecordedStep): void {
    if (rule.noData === "ok") this.#mayBeAbsent = true;
    if (!step.recorded) this.#recorded = false;
    this.#transitions.push(...step.transitions);
    for (const judgement of judgements) {
      if (judgement.kind === "judged") {
        this.#evaluated++;
        continue;
      }
      const { name: metric, tags } = judgement.summary;
      const list = judgement.kind === "learning" ? this.#learning : this.#noData;
      list.push({ rule: rule.name, metric, tags, reason: judgement.reason });
    }
    if (judgements.length === 0) {
      this.#noData.push({ rule: rule.name, metric: rule.metricPattern, tags: {}, reason: NO_SUCH_METRIC });
    }
    for (const series of step.series) {
      const { metric, tags, absent } = series.state;
      const alert = describeAlert(rule, series, this.#silences, this.#window.to);
      if (alert !== undefined) this.#alerts.push(alert);
      const { state, level, since } = overallState(series.state);
      if (state === "resolved") this.#resolved.push({ rule: rule.name, metric, tags, level: level!, since: since! });
      const vanished = series.judgement === undefined && absent !== true && state !== "resolved";
      if (vanished) this.#noData.push({ rule: rule.name, metric, tags, reason: series.reason! });
    }
  }

  report(): AlertReport {
    return {
      status: this.#status(),
      alerts: this.#alerts.sort(bySeverity),
      resolved: this.#resolved,
      transitions: this.#transitions,
      evaluated: this.#evaluated,
      learning: this.#learning,
      noData: this.#noData,
      window: this.#window,
      transitionsRecorded: this.#recorded,
    };
  }

  #status(): AlertStatus {
    const counting = this.#alerts.filter(({ state, silenced }) => state === "firing" && silenced === undefined);
    if (counting.some(({ level }) => level === "critical")) return "critical";
    if (counting.length > 0) return "warning";
    return this.#evaluated > 0 || this.#mayBeAbsent ? "ok" : "unknown";
  }
}

function bySeverity(a: Alert, b: Alert): number {
  if (a.state !== b.state) return a.state === "firing" ? -1 : 1;
  if (a.level !== b.level) return a.level === "critical" ? -1 : 1;
  const [x, y] = [a, b].map((alert) => `${alert.rule}\0${alert.metric}\0${JSON.stringify(alert.tags)}`);
  return x! < y! ? -1 : 1;
}
