import type { SeriesQuery, SeriesStatistic, SummaryQuery } from "@giflab/metrics-core";
import type { BlockReading } from "./loaded-block.ts";

/** Statistics for which the buckets of a sketch, and the last value that stands behind them, are not needed. */
const WITHOUT_BUCKETS: ReadonlySet<SeriesStatistic> = new Set(["count", "sum", "rate", "min", "max", "mean", "value"]);

/** A summary is one step: whatever lies in the window may be added up. */
export function summaryReading({ byInstance = false }: SummaryQuery): BlockReading {
  return { alike: () => true, mergeInstances: !byInstance, detail: "buckets" };
}

/** A series adds up what lies in one step. */
export function seriesReading({ from, stepSeconds, statistic }: SeriesQuery): BlockReading {
  // The allowance for rounding is the aggregation's.
  const stepOf = (time: number): number => Math.ceil((time - from) / stepSeconds - 1e-9);
  const buckets = statistic === undefined || !WITHOUT_BUCKETS.has(statistic);
  return {
    alike: (earlier, later) => stepOf(earlier) === stepOf(later),
    mergeInstances: true,
    detail: buckets ? "buckets" : "numbers",
  };
}
