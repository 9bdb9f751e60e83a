import type { MetricSummary } from "@giflab/metrics-core";

/** What all processes recorded of one cache. */
export interface RecordedActivity {
  readonly hits: number;
  readonly misses: number;
  readonly evictions: number;
  /** Hits out of all look-ups, 0 to 1; null when there were none. */
  readonly hitRate: number | null;
  /** What live processes hold in memory now. */
  readonly memoryBytes: number;
}

const MB = 2 ** 20;

/** Adds up the recorded metrics of `cache.<name>.*`, of all series or of those that carry `tag`. */
export function activityOf(
  summaries: readonly MetricSummary[],
  name: string,
  tag?: readonly [key: string, value: string],
): RecordedActivity {
  const total = (metric: string): number =>
    summaries
      .filter((summary) => summary.name === `cache.${name}.${metric}` && summary.kind === "counter")
      .filter((summary) => tag === undefined || summary.tags[tag[0]] === tag[1])
      .reduce((sum, summary) => sum + (summary.sum ?? 0), 0);
  const usage = summaries.find((summary) => summary.name === `cache.${name}.memory_usage_mb` && !summary.stale);
  const [hits, misses, evictions] = [total("hits"), total("misses"), total("evictions")];
  return {
    hits,
    misses,
    evictions,
    hitRate: hits + misses === 0 ? null : hits / (hits + misses),
    memoryBytes: Math.round((usage?.last ?? 0) * MB),
  };
}

/** The values of a tag that occur on `cache.<name>.hits` and `.misses`, sorted. */
export function tagValues(summaries: readonly MetricSummary[], name: string, key: string): readonly string[] {
  const values = summaries
    .filter((summary) => summary.name === `cache.${name}.hits` || summary.name === `cache.${name}.misses`)
    .flatMap(({ tags }) => tags[key] ?? []);
  return [...new Set(values)].sort();
}
