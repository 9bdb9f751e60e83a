import type { MetricSummary } from "@giflab/metrics-core";

/** What all processes looked up of one size, made by one method. */
export interface ResizeUse {
  /** `240x135`; `other` stands for the sizes beyond those that a process tells apart. */
  readonly size: string;
  readonly method: string;
  readonly hits: number;
  readonly misses: number;
  /** Hits out of all look-ups, 0 to 1. */
  readonly hitRate: number;
}

/** The sizes and methods with the most hits, then the most look-ups; at most `count`. Look-ups without these tags do not count. */
export function mostUsedResizes(summaries: readonly MetricSummary[], count: number): readonly ResizeUse[] {
  const uses = new Map<string, { size: string; method: string; hits: number; misses: number }>();
  for (const { name, tags, sum = 0 } of summaries) {
    const { size, method } = tags;
    if (size === undefined || method === undefined) continue;
    const outcome = name === "cache.resize.hits" ? "hits" : name === "cache.resize.misses" ? "misses" : undefined;
    if (outcome === undefined) continue;
    const key = `${size} ${method}`;
    const use = uses.get(key) ?? { size, method, hits: 0, misses: 0 };
    use[outcome] += sum;
    uses.set(key, use);
  }
  return [...uses.values()]
    .filter(({ hits, misses }) => hits + misses > 0)
    .map((use) => ({ ...use, hitRate: use.hits / (use.hits + use.misses) }))
    .sort((a, b) => b.hits - a.hits || b.misses - a.misses || (a.size < b.size ? -1 : 1))
    .slice(0, count);
}
