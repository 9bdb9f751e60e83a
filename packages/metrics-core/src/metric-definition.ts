import type { Tags } from "./tags.ts";

/** What a recorded series is. Timers are histograms whose values are durations in seconds. */
export type MetricKind = "counter" | "gauge" | "histogram" | "timer";

/** How the gauges of several live processes become one value. */
export type GaugeMerge = "sum" | "max" | "mean" | "last";

/** The range in which a metric is considered normal; both ends inclusive, either may be missing. */
export interface NormalRange {
  readonly min?: number;
  readonly max?: number;
  /**
   * Which side is good. `higher`: values above `max` are normal too (a hit rate of 90 % is better than 60-80 %);
   * `lower`: values below `min` are normal too. Without it both ends count.
   */
  readonly better?: "higher" | "lower";
  /** The summary field that is compared: default `value` of derived metrics, `last` of gauges, `rate` of counters, `p95` of timers and histograms. */
  readonly statistic?: "value" | "last" | "mean" | "rate" | "ratePerMinute" | "sum" | "p50" | "p95" | "p99" | "max";
  /** Only series that carry these tags are judged, as in "< 1 ms (hit)". */
  readonly where?: Tags;
}

interface DescribedMetric {
  /** Unit of the values: `s`, `By`, `MB` (2^20 bytes), `1` for ratios, `{frame}` for counted things (UCUM style). */
  readonly unit?: string;
  /** One sentence for tables, pages and `# HELP`. */
  readonly description?: string;
  readonly normalRange?: NormalRange;
  /** Group for `metrics status --system NAME`, e.g. `frame`. */
  readonly system?: string;
}

/** A metric that is recorded, as a catalogue declares it. */
export interface RecordedMetricDefinition extends DescribedMetric {
  readonly kind: MetricKind;
  /** Gauges only; default `last`. */
  readonly merge?: GaugeMerge;
}

/**
 * A metric that exists only in query results and is never stored.
 *
 * `formula` is data, not code: names of recorded metrics, numbers, `+ - * /` and parentheses, for instance
 * `cache.frame.hits / (cache.frame.hits + cache.frame.misses)`. A counter stands for its sum in the window, a gauge for its
 * merged last value, a timer or histogram for its mean. A name with other characters than letters, digits, `_ . :` is
 * written in backquotes. 0/0 is undefined.
 */
export interface DerivedMetricDefinition extends DescribedMetric {
  readonly kind: "derived";
  readonly formula: string;
  /** One result per combination of these tags' values; default none: one result over all tags. */
  readonly groupBy?: readonly string[];
}

export type MetricDefinition = RecordedMetricDefinition | DerivedMetricDefinition;

/** A definition with its name: what travels with snapshots into stores and comes back with query results. */
export type NamedDefinition = MetricDefinition & { readonly name: string };

/** Metric names with their definitions, in the order in which tables show them. */
export type MetricCatalogue = { readonly [name: string]: MetricDefinition };
