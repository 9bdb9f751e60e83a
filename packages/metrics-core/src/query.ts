import type { InstanceIdentity } from "./instance.ts";
import type { GaugeMerge, MetricKind, NormalRange } from "./metric-definition.ts";
import type { Tags } from "./tags.ts";

/** Which series a query is about. Everything given must hold; nothing given is everything. */
export interface SeriesSelector {
  /** Name or glob (`*` any characters, `?` one), or several of which one must match: `cache.*`. */
  readonly match?: string | readonly string[];
  /** Series must carry these tags with these values; further tags do not matter. */
  readonly tags?: Tags;
  /** Only instances of this service. */
  readonly service?: string;
  /** Only the instance with this writerId. */
  readonly instance?: string;
  /** Only metrics of this `system` group. */
  readonly system?: string;
}

/** A window `(from, to]` in epoch seconds: what was flushed at exactly `from` is outside, at exactly `to` inside. */
export interface WindowQuery extends SeriesSelector {
  readonly from: number;
  readonly to: number;
}

export interface SummaryQuery extends WindowQuery {
  /** One summary per series and instance instead of merging instances. Default false. */
  readonly byInstance?: boolean;
  /**
   * One summary per metric instead of one per tag set, for an overview: counters, timers and histograms are merged over all
   * tags but those that the metric's normal range names, derived metrics are evaluated over all. Gauges keep their tags.
   * Default false.
   */
  readonly collapseTags?: boolean;
}

/**
 * A series over a window. Fields that do not apply to the kind, or that nothing is known of, are `undefined`:
 * counters have `sum` and `rate`; gauges `last`, `min`, `max` and the time-weighted `mean`; timers and histograms
 * everything; derived metrics `value`.
 */
export interface MetricSummary {
  readonly name: string;
  readonly kind: MetricKind | "derived";
  readonly unit: string | undefined;
  readonly description: string | undefined;
  readonly system: string | undefined;
  readonly tags: Tags;
  /** Counters: number of snapshots with an increase; gauges: number of stated values; timers and histograms: recorded calls. */
  readonly count: number;
  readonly sum: number | undefined;
  /** Per second: sum (counters) or count (timers, histograms) divided by `covered`. */
  readonly rate: number | undefined;
  readonly min: number | undefined;
  readonly max: number | undefined;
  readonly mean: number | undefined;
  readonly p50: number | undefined;
  readonly p90: number | undefined;
  readonly p95: number | undefined;
  readonly p99: number | undefined;
  /** The 99.9th percentile. */
  readonly p999: number | undefined;
  readonly last: number | undefined;
  /** Derived metrics only; `undefined` when the formula is (0/0, or an input lacks a tag of the filter). */
  readonly value: number | undefined;
  /** Whether the value lies in the metric's documented normal range; `null` when there is no range or no value. */
  readonly normal: boolean | null;
  readonly normalRange: NormalRange | undefined;
  /** Gauges: no live instance states this value; it is the last one known. */
  readonly stale: boolean;
  /** Seconds of the window that the used snapshots cover, as a union over instances. */
  readonly covered: number;
  /** End of the first and last snapshot in the window with this series (for stale gauges possibly before it), epoch seconds. */
  readonly firstSeen: number | undefined;
  readonly lastSeen: number | undefined;
  readonly merge: GaugeMerge | undefined;
  /** Names of the services that recorded it in the window (or last before it, where nobody did), sorted. */
  readonly services: readonly string[];
  /** `writerId`s of the instances that stated it in the window, sorted: how many processes it comes from. */
  readonly instances: readonly string[];
  /** With `byInstance` only. */
  readonly instance: InstanceIdentity | undefined;
  /** Derived metrics only. */
  readonly formula: string | undefined;
}

/** A number of a summary that can be drawn over time. `value` is for derived metrics. */
export type SeriesStatistic =
  | "count"
  | "sum"
  | "rate"
  | "min"
  | "max"
  | "mean"
  | "last"
  | "p50"
  | "p90"
  | "p95"
  | "p99"
  | "p999"
  | "value";

export interface SeriesQuery extends WindowQuery {
  /** Length of a step, more than 0; the steps are `(from, from + step]`, ... and the last may be shorter. At most 11,000 steps. */
  readonly stepSeconds: number;
  /** Default: `value` for derived, `rate` for counters, `last` for gauges, `p95` for timers and histograms. */
  readonly statistic?: SeriesStatistic;
}

export interface MetricSeries {
  readonly name: string;
  readonly kind: MetricKind | "derived";
  readonly unit: string | undefined;
  readonly tags: Tags;
  readonly statistic: SeriesStatistic;
  /** `[end of the step in epoch seconds, value]`; `null` where nothing is known. In time order, one per step. */
  readonly points: readonly (readonly [number, number | null])[];
}

export type PointsQuery = Partial<WindowQuery>;

interface PointBase {
  readonly name: string;
  readonly unit: string | undefined;
  readonly tags: Tags;
  readonly instance: InstanceIdentity;
  /** Epoch seconds at which the delta ended or the gauge was read. */
  readonly timestamp: number;
  /** Seconds that a delta covers: one flush for raw points, 60 or 3600 for rollups. */
  readonly resolutionSeconds: number;
}

export interface ScalarMetricPoint extends PointBase {
  readonly kind: "counter" | "gauge";
  /** Counters: the increase; gauges: the value. */
  readonly value: number;
}

export interface DistributionMetricPoint extends PointBase {
  readonly kind: "histogram" | "timer";
  readonly count: number;
  readonly sum: number;
  readonly min: number;
  readonly max: number;
  readonly last: number;
  readonly buckets: {
    readonly layout: string;
    readonly indexes: readonly number[];
    readonly counts: readonly number[];
  };
  /** True when the store knows wide buckets only: `buckets` are an estimate, `min` and `max` bounds, `last` says nothing. */
  readonly estimated?: boolean;
}

export type MetricPoint = ScalarMetricPoint | DistributionMetricPoint;

/** What can be said of data that somebody else keeps. What its server does not tell is `undefined`. */
export interface ReaderStats {
  readonly backend: string;
  readonly snapshots: number | undefined;
  readonly points: number | undefined;
  readonly series: number | undefined;
  readonly instances: number;
  readonly bytes: number | undefined;
  /** Epoch seconds. */
  readonly oldest: number | undefined;
  readonly newest: number | undefined;
  readonly details: Readonly<Record<string, string | number | boolean>>;
}

/** What a store holds, for `metrics backend-stats`. Stores add fields of their own. */
export interface StoreStats extends ReaderStats {
  readonly snapshots: number;
  readonly points: number;
  readonly series: number;
  /** Bytes on disk or in memory, write-ahead log included. */
  readonly bytes: number;
}
