import type { Gauge, MetricCatalogue, MetricsCollector } from "@giflab/metrics-core";
import { ALERT_EXIT_CODES, type AlertReport } from "./alert-report.ts";
import type { AlertRule } from "./alert-rule.ts";
import type { AlertLevel } from "./alert-rule-options.ts";

/** What an engine records of alerts, for the dashboards' panel: all processes with one store find the same, so the most counts. */
export const ALERT_METRICS: MetricCatalogue = {
  "giflab.alerts.firing": {
    kind: "gauge",
    unit: "{alert}",
    merge: "max",
    system: "alerts",
    description: "Series whose alert fires, silenced ones included, by rule and level",
    normalRange: { max: 0, better: "lower" },
  },
  "giflab.alerts.pending": {
    kind: "gauge",
    unit: "{alert}",
    merge: "max",
    system: "alerts",
    description: "Series that are beyond a threshold and not yet for long enough, by rule and level",
  },
  "giflab.alerts.threshold": {
    kind: "gauge",
    merge: "last",
    system: "alerts",
    description: "Thresholds of alert rules, by rule and level, in the unit of what the rule compares",
  },
  "giflab.alerts.status": {
    kind: "gauge",
    merge: "max",
    system: "alerts",
    description: "All alerts together: 0 ok, 1 warning, 2 critical, 3 unknown",
    normalRange: { max: 0, better: "lower" },
  },
  "giflab.alerts.evaluation.duration": {
    kind: "timer",
    unit: "s",
    system: "alerts",
    description: "Time that an evaluation of all alert rules takes",
  },
};

const LEVELS: readonly AlertLevel[] = ["warning", "critical"];

/** Records the outcome of evaluations as metrics. */
export class AlertMetrics {
  readonly #collector: MetricsCollector;
  readonly #counted = new Map<string, { readonly firing: Gauge; readonly pending: Gauge }>();

  /** Defines the metrics. */
  constructor(collector: MetricsCollector) {
    this.#collector = collector;
    collector.define(ALERT_METRICS);
  }

  /** States thresholds and numbers of alerts of every rule: 0 where there are none, also of rules that are gone. */
  record(rules: readonly AlertRule[], { alerts, status }: AlertReport): void {
    for (const rule of rules) {
      for (const level of LEVELS) {
        const threshold = rule.thresholdOf(level);
        if (threshold === undefined) continue;
        const tags = { rule: rule.name, level };
        this.#collector.gauge("giflab.alerts.threshold", { tags }).set(threshold);
        this.#of(rule.name, level);
      }
    }
    for (const { rule, level } of alerts) this.#of(rule, level);
    const counts = Map.groupBy(alerts, ({ rule, level, state }) => JSON.stringify([rule, level, state]));
    for (const [key, { firing, pending }] of this.#counted) {
      const [rule, level] = JSON.parse(key) as [string, AlertLevel];
      firing.set(counts.get(JSON.stringify([rule, level, "firing"]))?.length ?? 0);
      pending.set(counts.get(JSON.stringify([rule, level, "pending"]))?.length ?? 0);
    }
    this.#collector.gauge("giflab.alerts.status").set(ALERT_EXIT_CODES[status]);
  }

  #of(rule: string, level: AlertLevel): void {
    const key = JSON.stringify([rule, level]);
    if (this.#counted.has(key)) return;
    const tags = { rule, level };
    this.#counted.set(key, {
      firing: this.#collector.gauge("giflab.alerts.firing", { tags }),
      pending: this.#collector.gauge("giflab.alerts.pending", { tags }),
    });
  }
}
