import { type InstanceState, type MetricPoint, type PointsQuery, pointMatcher } from "@giflab/metrics-core";
import { classicSeries, eachClassicIncrease } from "./classic-series.ts";
import { eachIncrease } from "./increases.ts";
import type { ReadSeries } from "./slice-reader.ts";
import { spreadBuckets } from "./spread-buckets.ts";
import { tagsOf } from "./targets.ts";

type PointBase = Pick<MetricPoint, "name" | "unit" | "tags" | "instance">;

/** The samples of a slice as points after `from`, in time order: of running totals what they have increased by. */
export function pointsOf(
  read: readonly ReadSeries[],
  query: PointsQuery & { readonly from: number },
): readonly MetricPoint[] {
  const points: MetricPoint[] = [];
  for (const series of read) {
    const { kind } = series.metric.definition;
    const baseAt = baseReader(series, query);
    if (kind === "counter") {
      eachIncrease(series, (start, timestamp, value) => {
        const base = value === 0 ? undefined : baseAt(timestamp);
        if (base !== undefined) {
          points.push({ ...base, kind, timestamp, resolutionSeconds: timestamp - start, value });
        }
      });
    } else if (kind === "gauge") {
      const resolutionSeconds = series.target.flushIntervalSeconds;
      for (let i = series.carried; i < series.times.length; i++) {
        const [timestamp, value] = [series.times[i]!, series.values[i]! / series.metric.factor];
        const base = Number.isFinite(value) ? baseAt(timestamp) : undefined;
        if (base !== undefined) points.push({ ...base, kind, timestamp, resolutionSeconds, value });
      }
    }
  }
  for (const series of classicSeries(read.filter(({ role }) => role !== "value"))) {
    const { kind } = series.metric.definition;
    if (kind === "counter" || kind === "gauge") continue;
    const baseAt = baseReader(series, query);
    eachClassicIncrease(series, ({ start, end, bounds, counts, count, sum }) => {
      const base = count === 0 ? undefined : baseAt(end);
      if (base === undefined) return;
      const { layout, indexes, counts: spread, ...numbers } = spreadBuckets({ bounds, counts, sum });
      const buckets = { layout, indexes: Array.from(indexes), counts: Array.from(spread) };
      points.push({ ...base, kind, timestamp: end, resolutionSeconds: end - start, ...numbers, buckets });
    });
  }
  return points.sort((a, b) => a.timestamp - b.timestamp);
}

/** What the points of a series have in common, by the instance of their moment; `undefined` for those that are not asked for. */
function baseReader(
  { metric, labels, target }: Pick<ReadSeries, "metric" | "labels" | "target">,
  query: PointsQuery & { readonly from: number },
): (timestamp: number) => PointBase | undefined {
  const wanted = pointMatcher(query);
  const tags = tagsOf(labels, target);
  const bases = new Map<InstanceState, PointBase | undefined>();
  return (timestamp) => {
    if (timestamp <= query.from) return undefined;
    const state = target.instanceAt(timestamp);
    if (!bases.has(state)) {
      const { name, definition } = metric;
      const { identity: instance } = state;
      const base = wanted(name, tags, definition, instance)
        ? { name, unit: definition.unit, tags, instance }
        : undefined;
      bases.set(state, base);
    }
    return bases.get(state);
  };
}
