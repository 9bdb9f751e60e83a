import type { Duration } from "@giflab/metrics-core";

/** The levels of an alert, the worse one last. */
export type AlertLevel = "warning" | "critical";

/** The numbers of a series that a rule can look at; `p999` is another way to write `p99.9`. */
export const ALERT_STATISTICS = [
  "last",
  "min",
  "mean",
  "max",
  "sum",
  "count",
  "rate",
  "p50",
  "p90",
  "p95",
  "p99",
  "p99.9",
  "p999",
  "value",
] as const;

export type AlertStatistic = (typeof ALERT_STATISTICS)[number];

/**
 * What it means when there is nothing to judge: `report` tells and does not fail, `ok` counts as good, `warning` and
 * `critical` raise an alert, `keep` leaves the state as it was.
 */
export const NO_DATA_POLICIES = ["report", "ok", "warning", "critical", "keep"] as const;

export type NoDataPolicy = (typeof NO_DATA_POLICIES)[number];

/** A tag's value or glob, or several of which one must match. */
export type TagFilter = { readonly [tag: string]: string | readonly string[] };

/**
 * Compare with the series' own past instead of a fixed number: `value` is then a ratio. At most one of `lookback`, `offset`
 * and `file` says which past; without any it is a `lookback` of a day.
 */
export interface BaselineOptions {
  /** The time before the window. */
  readonly lookback?: Duration;
  /** The same window so long ago: `1h`, `1d`, `7d`. */
  readonly offset?: Duration;
  /** What `giflab metrics export -o FILE` has saved; relative to the rules file, in code to the working directory. */
  readonly file?: string;
  /**
   * How long ago the series must have been seen first, or for how long it must have been recorded, before the rule is more
   * than "learning"; default `1h` with `lookback`, none otherwise.
   */
  readonly minHistory?: Duration;
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

/**
 * Of a share of calls that went well, leave out the failures that nothing could have avoided. With a share `v` of `n` calls
 * and `a` avoidable failures, `value` is `v n / (v n + a)`; without the counter it is `v`.
 *
 * 20 hits of 100 look-ups with 5 avoidable misses (the other 75 asked for what was never seen before) make 0.8.
 */
export interface AvoidableOptions {
  /** End of the metric's name, such as `hit_rate`. */
  readonly suffix: string;
  /** What stands there in the name of the counter of avoidable failures, such as `avoidable_misses`. */
  readonly avoidableSuffix: string;
}

/** An alert rule as data: in code, in `giflab.rules.yaml`, and as it is stored beside the metrics. */
export interface AlertRuleOptions {
  /** Unique among rules; what `metrics alerts --check NAME` names. */
  readonly name: string;
  /** Metric name or glob; every matching series (name and tag set) is judged alone. */
  readonly metricPattern: string;
  /** Metric names or globs that are not judged although they match. */
  readonly exclude?: string | readonly string[];
  /** Only series with these tags: each tag's value or glob, or several of which one must match. */
  readonly tags?: TagFilter;
  /** No series with one of these tags. */
  readonly excludeTags?: TagFilter;
  /** Default: p95 of timers and histograms, last of gauges, rate (per second) of counters, value of derived metrics. */
  readonly statistic?: AlertStatistic;
  /** Whether values above or below the thresholds are bad; default: below if the critical threshold is the lower one. */
  readonly direction?: "above" | "below";
  /** At least one of the two thresholds must be given. Values strictly beyond it are bad. */
  readonly warningThreshold?: number;
  readonly criticalThreshold?: number;
  /** An alert that fires ends only when the value is no longer beyond this one; default: the threshold itself. */
  readonly warningClearThreshold?: number;
  readonly criticalClearThreshold?: number;
  /** How long the value must be beyond the threshold, at every evaluation, before the alert fires; default 0. */
  readonly for?: Duration;
  /** How long the alert still fires after the value is no longer beyond the threshold; default 0. */
  readonly keepFiringFor?: Duration;
  /** How far back to look; default: what the evaluation asks for (300 seconds). */
  readonly window?: Duration;
  /** With fewer calls (or, of a derived metric, fewer calls that its inputs counted) a series is not judged; default 1. */
  readonly minSamples?: number;
  readonly baseline?: BaselineOptions;
  readonly limit?: LimitOptions;
  readonly avoidable?: AvoidableOptions;
  /** Default `report`. */
  readonly noData?: NoDataPolicy;
  /** See `MessageTemplate`; default names metric, value and threshold. */
  readonly messageTemplate?: string;
  /** Names of notifiers that are told of this rule's alerts; default: all. */
  readonly notifiers?: readonly string[];
  /** Go with the alert to whoever is told: `{ team: "images" }`. */
  readonly labels?: { readonly [label: string]: string };
  /** Address of what to do when it fires, `https:` or `http:`. */
  readonly runbookUrl?: string;
}
