import type { MetricPoint, PointsQuery } from "@giflab/metrics-core";
import { pointMatcher } from "@giflab/metrics-core";
import { classicSeries, eachClassicIncrease } from "./classic-series.ts";
import { eachIncrease } from "./increases.ts";
import type { ReadSeries } from "./slice-reader.ts";
import { spreadBuckets } from "./spread-buckets.ts";
import { tagsOf } from "./targets.ts";

/** The samples of a slice as points after `from`, in time order: of running totals what they have increased by. */
export function pointsOf(
  read: readonly ReadSeries[],
  query: PointsQuery & { readonly from: number },
): readonly MetricPoint[] {
  const points: MetricPoint[] = [];
  const wanted = pointMatcher(query);
  const baseOf = ({ metric, labels, target }: Pick<ReadSeries, "metric" | "labels" | "target">) => {
    const { name, definition } = metric;
    const { identity: instance, flushIntervalSeconds } = target;
    const tags = tagsOf(labels, target);
    if (!wanted(name, tags, definition, instance)) return undefined;
    return { base: { name, unit: definition.unit, tags, instance }, kind: definition.kind, flushIntervalSeconds };
  };
  for (const series of read) {
    const found = series.role === "value" ? baseOf(series) : undefined;
    if (found === undefined) continue;
    const { base, kind, flushIntervalSeconds } = found;
    if (kind === "counter") {
      eachIncrease(series, (start, timestamp, value) => {
        if (timestamp <= query.from || value === 0) return;
        points.push({ ...base, kind, timestamp, resolutionSeconds: timestamp - start, value });
      });
    } else if (kind === "gauge") {
      for (let i = series.carried; i < series.times.length; i++) {
        const [timestamp, value] = [series.times[i]!, series.values[i]! / series.metric.factor];
        if (timestamp <= query.from || !Number.isFinite(value)) continue;
        points.push({ ...base, kind, timestamp, resolutionSeconds: flushIntervalSeconds, value });
      }
    }
  }
  for (const series of classicSeries(read.filter(({ role }) => role !== "value"))) {
    const found = baseOf(series);
    if (found === undefined || found.kind === "counter" || found.kind === "gauge") continue;
    const { base, kind } = found;
    eachClassicIncrease(series, ({ start, end, bounds, counts, count, sum }) => {
      if (end <= query.from || count === 0) return;
      const { layout, indexes, counts: spread, ...numbers } = spreadBuckets({ bounds, counts, sum });
      const buckets = { layout, indexes: Array.from(indexes), counts: Array.from(spread) };
      points.push({ ...base, kind, timestamp: end, resolutionSeconds: end - start, ...numbers, buckets });
    });
  }
  return points.sort((a, b) => a.timestamp - b.timestamp);
}
