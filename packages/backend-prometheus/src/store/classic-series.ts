import { tagSetKey } from "@giflab/metrics-core";
import { originOf } from "./increases.ts";
import type { RawSeries } from "./raw-series.ts";
import type { ReadableMetric } from "./readable-metric.ts";
import type { ReadSeries } from "./slice-reader.ts";
import type { Target } from "./target.ts";

/** The series of one classic histogram: its buckets by upper bound, its count and its sum. */
export interface ClassicSeries {
  readonly metric: ReadableMetric;
  readonly target: Target;
  /** Without `le`. */
  readonly labels: Readonly<Record<string, string>>;
  /** Rising, in the metric's own unit, without infinity: that is what `count` is. */
  readonly bounds: readonly number[];
  readonly buckets: readonly RawSeries[];
  readonly count: ReadSeries;
  readonly sum: RawSeries | undefined;
}

/** What a classic histogram has taken in between two samples, in the metric's own unit. */
export interface ClassicIncrease {
  /** Epoch seconds. */
  readonly start: number;
  readonly end: number;
  /** Upper bounds, the last one infinity. */
  readonly bounds: readonly number[];
  /** Whole, not cumulative. */
  readonly counts: readonly number[];
  readonly count: number;
  readonly sum: number;
}

/** Puts the series of classic histograms together; what lacks its count is left out. */
export function classicSeries(read: readonly ReadSeries[]): readonly ClassicSeries[] {
  const parts = Map.groupBy(read, ({ metric, labels: { le: _le, ...labels } }) =>
    JSON.stringify([metric.exposed, tagSetKey(labels)]),
  );
  return [...parts.values()].flatMap((series): ClassicSeries | readonly [] => {
    const count = series.find(({ role }) => role === "count");
    if (count === undefined) return [];
    const { metric, target, labels } = count;
    const buckets = series
      .filter(({ role, labels: { le } }) => role === "bucket" && Number.isFinite(Number(le)))
      .map((one) => ({ bound: Number(one.labels["le"]) / metric.factor, one }))
      .sort((a, b) => a.bound - b.bound);
    return {
      metric,
      target,
      labels,
      bounds: buckets.map(({ bound }) => bound),
      buckets: buckets.map(({ one }) => one),
      count,
      sum: series.find(({ role }) => role === "sum"),
    };
  });
}

/** Calls `take` with what a histogram has taken in up to each of its samples; of a first one of unknown origin, nothing. */
export function eachClassicIncrease(series: ClassicSeries, take: (increase: ClassicIncrease) => void): void {
  const { metric, target, buckets, count, sum } = series;
  const bounds = [...series.bounds, Number.POSITIVE_INFINITY];
  const readers = buckets.map((one) => valueReader(one));
  const readSum = sum === undefined ? () => 0 : valueReader(sum);
  let before: { readonly time: number; readonly value: number } | undefined;
  let [totals, sumBefore]: [readonly number[], number] = [[], 0];
  for (let i = 0; i < count.times.length; i++) {
    const sample = { time: count.times[i]!, value: count.values[i]! };
    if (!Number.isFinite(sample.value)) continue;
    const reached = readTotals(readers, sample);
    const sumNow = readSum(sample.time);
    if (i >= count.carried) {
      const { since, anew } = originOf(target, before, sample);
      const [from, fromSum] = anew ? [[], 0] : since === undefined ? [reached, sumNow] : [totals, sumBefore];
      const counts = differences(reached, from);
      const added = Number.isFinite(sumNow) && Number.isFinite(fromSum) ? (sumNow - fromSum) / metric.factor : 0;
      const total = counts.reduce((all, one) => all + one, 0);
      take({ start: since ?? sample.time, end: sample.time, bounds, counts, count: total, sum: added });
    }
    [before, totals, sumBefore] = [sample, reached, sumNow];
  }
}

/** Cumulative counts at a moment, rising: a bucket without a sample then has as many as the one below. The last one is all. */
function readTotals(
  readers: readonly ((time: number) => number)[],
  { time, value }: { readonly time: number; readonly value: number },
): readonly number[] {
  const totals: number[] = [];
  const all = Math.round(value);
  let below = 0;
  for (const read of readers) {
    const stated = Math.round(read(time));
    below = Number.isFinite(stated) ? Math.min(all, Math.max(below, stated)) : below;
    totals.push(below);
  }
  totals.push(all);
  return totals;
}

/** What each bucket by itself has got, no less than 0, and together what all have got. */
function differences(now: readonly number[], before: readonly number[]): readonly number[] {
  const all = now.at(-1)! - (before.at(-1) ?? 0);
  let taken = 0;
  return now.map((total, i) => {
    const reached = i === now.length - 1 ? all : Math.min(all, total - (before[i] ?? 0));
    const own = Math.max(0, reached - taken);
    taken += own;
    return own;
  });
}

/** The value of a series at moments that are asked for in rising order; NaN where it has none. */
function valueReader({ times, values }: RawSeries): (time: number) => number {
  let next = 0;
  return (time) => {
    while (next < times.length && times[next]! < time) next++;
    return times[next] === time ? values[next]! : Number.NaN;
  };
}
