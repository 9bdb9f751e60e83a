import { MergedSketch, type MetricSummary, type MetricsReader } from "@giflab/metrics-core";
import type { CacheLoad } from "../../advice/advise-cache.ts";
import type { SamplingLoad, StrategyRecord } from "../../advice/advise-sampling.ts";
import type { FrameSamplingSection } from "../../config/sampling-section.ts";
import type { CacheSettings } from "./cache-session.ts";

/** What processes recorded that advice is given by. */
export interface RecordedLoad {
  /** Of `cache.*` and `sampling.*`. */
  readonly summaries: readonly MetricSummary[];
  /** Reuse distances in MB by name of the cache. */
  readonly distancesMb: ReadonlyMap<string, MergedSketch>;
  /** By name of the cache: the limit that the process seen last stated, in MB. */
  readonly limitsMb: ReadonlyMap<string, number>;
  /** By name of the cache: the most that the entries of one process took, in MB. */
  readonly peakUsagesMb: ReadonlyMap<string, number>;
}

type CacheName = "frame" | "validation" | "resize";

/** Reads the window from a store. */
export async function readRecordedLoad(
  store: MetricsReader,
  window: { readonly from: number; readonly to: number },
): Promise<RecordedLoad> {
  const summaries = await store.summaries({ match: ["cache.*", "sampling.*"], ...window });
  const distancesMb = new Map<string, MergedSketch>();
  for await (const point of store.points({ match: "cache.*.reuse_distance_mb", ...window })) {
    if (point.kind !== "histogram" && point.kind !== "timer") continue;
    const cache = point.name.slice("cache.".length, -".reuse_distance_mb".length);
    const sketch = distancesMb.get(cache) ?? new MergedSketch();
    distancesMb.set(cache, sketch);
    sketch.add({ ...point, ...point.buckets });
  }
  const limitsMb = new Map<string, number>();
  const peakUsagesMb = new Map<string, number>();
  const match = ["cache.*.memory_limit_mb", "cache.*.memory_usage_mb"];
  const stated = await store.summaries({ match, byInstance: true, ...window });
  for (const { name, last, max } of [...stated].sort((a, b) => (a.lastSeen ?? 0) - (b.lastSeen ?? 0))) {
    const [, cache = "", metric] = /^cache\.(.+)\.memory_(limit|usage)_mb$/.exec(name) ?? [];
    if (metric === "limit" && last !== undefined) limitsMb.set(cache, last);
    if (metric === "usage" && max !== undefined) peakUsagesMb.set(cache, Math.max(max, peakUsagesMb.get(cache) ?? 0));
  }
  return { summaries, distancesMb, limitsMb, peakUsagesMb };
}

/** One cache's load as advice wants it. */
export function cacheLoad(recorded: RecordedLoad, name: CacheName, settings: CacheSettings): CacheLoad {
  const section = settings[`${name}Cache`];
  const count = (metric: string, tier?: string): number =>
    recorded.summaries
      .filter((summary) => summary.name === `cache.${name}.${metric}` && summary.kind === "counter")
      .filter((summary) => tier === undefined || summary.tags["tier"] === tier)
      .reduce((sum, summary) => sum + (summary.sum ?? 0), 0);
  const lookUps = count("hits") + count("misses");
  const share = (hits: number): number | undefined => (lookUps === 0 ? undefined : hits / lookUps);
  const diskHits = count("hits", "disk");
  return {
    enabled: section.enabled,
    limitMb: section.memoryLimitMb,
    policy: section.evictionPolicy,
    memoryHitRate: share(count("hits") - diskHits),
    diskHitRate: name === "resize" ? undefined : share(diskHits),
    peakUsageMb: recorded.peakUsagesMb.get(name),
    recordedLimitMb: recorded.limitsMb.get(name),
    refusals: count("refusals"),
    reuse: {
      lookUps,
      distancesMb: recorded.distancesMb.get(name) ?? new MergedSketch(),
      firstUses: count("first_uses"),
    },
  };
}

/** Processes with caches at the same time at most, from the limits that they stated together; at least 1. */
export function concurrentProcesses({ summaries, limitsMb }: RecordedLoad): number {
  const ratios = [...limitsMb].map(([cache, limitMb]) => {
    const together = summaries.find(({ name }) => name === `cache.${cache}.memory_limit_mb`)?.max ?? 0;
    return limitMb > 0 ? together / limitMb : 1;
  });
  return Math.max(1, ...ratios.map(Math.round));
}

/** How often memory was so short that caches gave some back, and how many MB they gave. */
export function memoryShortages({ summaries }: RecordedLoad): { readonly shortages: number; readonly freedMb: number } {
  const total = (metric: string): number =>
    summaries
      .filter(({ name }) => name === `cache.memory_pressure.${metric}`)
      .reduce((sum, summary) => sum + (summary.sum ?? 0), 0);
  return { shortages: total("evictions"), freedMb: total("freed_mb") };
}

/** What samplers did, as advice wants it. */
export function samplingLoad({ summaries }: RecordedLoad, section: FrameSamplingSection): SamplingLoad {
  const value = (metric: string, strategy: string): number | undefined =>
    summaries.find(({ name, tags }) => name === `sampling.${metric}` && tags["strategy"] === strategy)?.mean;
  const strategies: Record<string, StrategyRecord> = {};
  for (const { name, tags, sum = 0 } of summaries) {
    const strategy = tags["strategy"];
    if (name !== "sampling.strategy_usage" || strategy === undefined) continue;
    strategies[strategy] = {
      uses: sum,
      sampledRatio: value("frames_sampled_ratio", strategy),
      speedup: value("speedup_factor", strategy),
      intervalWidth: value("confidence_interval_width", strategy),
    };
  }
  const { enabled, defaultStrategy, minFramesThreshold } = section;
  return { enabled, strategy: defaultStrategy, minFramesThreshold, strategies };
}
