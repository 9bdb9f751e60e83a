import { type MetricSummary, MetricsError, nearestNames, type Tags } from "@giflab/metrics-core";
import { MessageTemplate } from "./message-template.ts";

/** The number of a series that a rule looks at. */
export type AlertStatistic =
  | "last"
  | "min"
  | "mean"
  | "max"
  | "sum"
  | "count"
  | "rate"
  | "p50"
  | "p95"
  | "p99"
  | "value";

/** What happens to a rule's status when there is nothing to evaluate: `report` tells and does not fail. */
export type NoDataPolicy = "report" | "ok" | "warning" | "critical";

/** Compare with the series' own past instead of a fixed number: `value` is then a ratio. */
export interface BaselineOptions {
  /** Seconds before the window; default 86,400. */
  readonly lookbackSeconds?: number;
  /** Seconds of it that must be covered before the rule is more than "learning"; default 3600. */
  readonly minHistorySeconds?: number;
  /** Calls that the past must hold (timers, histograms); default 0. */
  readonly minSamples?: number;
  /** Below this measured value the ratio does not matter; default 0. */
  readonly floor?: number;
}

/** Compare with a limit that the writer recorded beside the metric: `value` is then a share. */
export interface LimitOptions {
  /** End of the metric's name, such as `memory_usage_mb`. */
  readonly suffix: string;
  /** What stands there in the limit's name, such as `memory_limit_mb`. */
  readonly limitSuffix: string;
}

/** An alert rule as data. */
export interface AlertRuleOptions {
  /** Unique among rules; what `metrics alerts --check NAME` names. */
  readonly name: string;
  /** Metric name or glob; every matching series (name and tag set) is judged alone. */
  readonly metricPattern: string;
  readonly warningThreshold: number;
  readonly criticalThreshold: number;
  /** See `MessageTemplate`; default names metric, value and threshold. */
  readonly messageTemplate?: string;
  /** Default: p95 of timers and histograms, last of gauges, rate (per second) of counters, value of derived metrics. */
  readonly statistic?: AlertStatistic;
  /** Whether values above or below the thresholds are bad; default: below if the critical threshold is the lower one. */
  readonly direction?: "above" | "below";
  /** Only series with these tags. */
  readonly tags?: Tags;
  /** Fewer calls (or, of a derived metric, fewer calls that its inputs counted) in the window are no data; default 1. */
  readonly minSamples?: number;
  /** Seconds to look at; default: what the evaluation asks for (300). */
  readonly windowSeconds?: number;
  readonly baseline?: BaselineOptions;
  readonly limit?: LimitOptions;
  readonly noData?: NoDataPolicy;
}

const STATISTICS: readonly string[] = [
  "last",
  "min",
  "mean",
  "max",
  "sum",
  "count",
  "rate",
  "p50",
  "p95",
  "p99",
  "value",
];

const OPTIONS: readonly string[] = Object.keys({
  name: 0,
  metricPattern: 0,
  warningThreshold: 0,
  criticalThreshold: 0,
  messageTemplate: 0,
  statistic: 0,
  direction: 0,
  tags: 0,
  minSamples: 0,
  windowSeconds: 0,
  baseline: 0,
  limit: 0,
  noData: 0,
} satisfies Record<keyof AlertRuleOptions, 0>);

/**
 * When to raise an alert. Two levels in one rule.
 *
 * ```ts
 * new AlertRule({
 *   name: "custom.metric",
 *   metricPattern: "custom.operation.duration",
 *   warningThreshold: 1.0, // seconds
 *   criticalThreshold: 5.0,
 *   messageTemplate: "Custom operation slow: {value:.2f}s",
 * });
 * ```
 */
export class AlertRule {
  readonly name: string;
  readonly metricPattern: string;
  readonly warningThreshold: number;
  readonly criticalThreshold: number;
  readonly direction: "above" | "below";
  readonly minSamples: number;
  readonly noData: NoDataPolicy;
  readonly statistic: AlertStatistic | undefined;
  readonly tags: Tags | undefined;
  readonly windowSeconds: number | undefined;
  readonly baseline: Required<BaselineOptions> | undefined;
  readonly limit: LimitOptions | undefined;
  readonly #message: MessageTemplate;
  readonly #options: AlertRuleOptions;

  /** Throws `INVALID_OPTION` that names rule, option, the value got and what is allowed. */
  constructor(options: AlertRuleOptions) {
    this.#options = options;
    const check = (good: boolean, option: string, got: unknown, allowed: string): void => {
      if (good) return;
      throw new MetricsError(
        "INVALID_OPTION",
        `alert rule ${JSON.stringify(options.name)}: ${option} must be ${allowed}, got ${JSON.stringify(got)}`,
      );
    };
    const {
      name,
      metricPattern,
      warningThreshold,
      criticalThreshold,
      statistic,
      direction,
      minSamples = 1,
      windowSeconds,
      noData = "report",
    } = options;
    const unknown = Object.keys(options).filter((option) => !OPTIONS.includes(option));
    if (unknown.length > 0) {
      const near = nearestNames(unknown[0]!, OPTIONS);
      const hint = near.length > 0 ? `did you mean ${near.join(" or ")}?` : `there are ${OPTIONS.join(", ")}`;
      throw new MetricsError(
        "INVALID_OPTION",
        `alert rule ${JSON.stringify(name)}: unknown option ${unknown[0]}: ${hint}`,
      );
    }
    check(
      typeof name === "string" && name.trim() !== "" && name.length <= 200,
      "name",
      name,
      "text of 1 to 200 characters",
    );
    check(
      typeof metricPattern === "string" && metricPattern !== "",
      "metricPattern",
      metricPattern,
      "a metric name or glob",
    );
    check(Number.isFinite(warningThreshold), "warningThreshold", warningThreshold, "a number");
    check(Number.isFinite(criticalThreshold), "criticalThreshold", criticalThreshold, "a number");
    check(
      statistic === undefined || STATISTICS.includes(statistic),
      "statistic",
      statistic,
      `one of ${STATISTICS.join(", ")}`,
    );
    check(
      direction === undefined || direction === "above" || direction === "below",
      "direction",
      direction,
      `"above" or "below"`,
    );
    check(Number.isInteger(minSamples) && minSamples >= 0, "minSamples", minSamples, "a whole number from 0");
    check(windowSeconds === undefined || windowSeconds > 0, "windowSeconds", windowSeconds, "above 0");
    check(
      ["report", "ok", "warning", "critical"].includes(noData),
      "noData",
      noData,
      "report, ok, warning or critical",
    );
    this.name = name;
    this.metricPattern = metricPattern;
    this.warningThreshold = warningThreshold;
    this.criticalThreshold = criticalThreshold;
    this.direction = direction ?? (criticalThreshold < warningThreshold ? "below" : "above");
    const ordered =
      this.direction === "above" ? criticalThreshold >= warningThreshold : criticalThreshold <= warningThreshold;
    check(
      ordered,
      "criticalThreshold",
      criticalThreshold,
      `at or ${this.direction} the warning threshold ${warningThreshold}`,
    );
    check(
      options.baseline === undefined || options.limit === undefined,
      "limit",
      options.limit,
      "absent in a rule with a baseline",
    );
    this.minSamples = minSamples;
    this.noData = noData;
    this.statistic = statistic;
    this.tags = options.tags;
    this.windowSeconds = windowSeconds;
    this.limit = options.limit;
    this.baseline = options.baseline && {
      lookbackSeconds: 86_400,
      minHistorySeconds: 3600,
      minSamples: 0,
      floor: 0,
      ...options.baseline,
    };
    this.#message = new MessageTemplate(
      options.messageTemplate ?? `{metric} is {value:.4g}, ${this.direction} {threshold}`,
    );
  }

  get messageTemplate(): string {
    return this.#message.text;
  }

  /** The level that a value deserves. */
  levelOf(value: number): "ok" | "warning" | "critical" {
    const beyond = (threshold: number): boolean => (this.direction === "above" ? value > threshold : value < threshold);
    return beyond(this.criticalThreshold) ? "critical" : beyond(this.warningThreshold) ? "warning" : "ok";
  }

  /** The statistic that this rule looks at in a series of some kind. */
  statisticOf(kind: MetricSummary["kind"]): AlertStatistic {
    if (this.statistic !== undefined) return this.statistic;
    if (kind === "derived") return "value";
    return kind === "counter" ? "rate" : kind === "gauge" ? "last" : "p95";
  }

  message(fields: Parameters<MessageTemplate["fill"]>[0]): string {
    return this.#message.fill(fields);
  }

  /** The options it was made from: what is stored beside the metrics, and makes the same rule again. */
  toJSON(): AlertRuleOptions {
    return this.#options;
  }
}
