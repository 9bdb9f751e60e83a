import { defineMetrics, type MetricCatalogue, type NormalRange } from "@giflab/metrics-core";

interface CacheDescription {
  /** Middle part of the metric names: `cache.<name>.hits`. */
  readonly name: string;
  readonly system: string;
  /** For sentences: "the frame cache". */
  readonly title: string;
  readonly normalHitRate?: NormalRange;
  readonly normalMemoryMb?: NormalRange;
  readonly normalEvictions?: NormalRange;
  /** Normal duration of an operation, where the manual gives one. */
  readonly normalDuration?: NormalRange;
  /** One hit rate per value of these tags. */
  readonly groupBy?: readonly string[];
}

function cacheMetrics(cache: CacheDescription): MetricCatalogue {
  const { name, system, title } = cache;
  const of = `cache.${name}`;
  const range = (normalRange: NormalRange | undefined) => (normalRange === undefined ? {} : { normalRange });
  return {
    [`${of}.hits`]: { kind: "counter", system, description: `Look-ups that ${title} answered` },
    [`${of}.misses`]: { kind: "counter", system, description: `Look-ups that ${title} could not answer` },
    [`${of}.hit_rate`]: {
      kind: "derived",
      unit: "1",
      system,
      description: `Share of look-ups that ${title} answered`,
      formula: `${of}.hits / (${of}.hits + ${of}.misses)`,
      ...range(cache.normalHitRate),
      ...(cache.groupBy === undefined ? {} : { groupBy: cache.groupBy }),
    },
    [`${of}.memory_usage_mb`]: {
      kind: "gauge",
      unit: "MB",
      merge: "sum",
      system,
      description: `Memory that the entries of ${title} take`,
      ...range(cache.normalMemoryMb),
    },
    [`${of}.memory_limit_mb`]: {
      kind: "gauge",
      unit: "MB",
      merge: "sum",
      system,
      description: `Memory that the entries of ${title} may take`,
    },
    [`${of}.operation.duration`]: {
      kind: "timer",
      unit: "s",
      system,
      description: `Time that an operation of ${title} takes`,
      ...range(cache.normalDuration),
    },
    [`${of}.evictions`]: {
      kind: "counter",
      system,
      description: `Entries that ${title} dropped for lack of room or for age`,
      ...range(cache.normalEvictions),
    },
    [`${of}.refusals`]: {
      kind: "counter",
      system,
      description: `Entries that ${title} did not keep, each larger than all its memory`,
    },
    [`${of}.reuse_distance_mb`]: {
      kind: "histogram",
      unit: "MB",
      system,
      description: `Memory that ${title} would need for a look-up to find what was used before`,
    },
    [`${of}.first_uses`]: {
      kind: "counter",
      system,
      description: `Look-ups of what ${title} did not see before: misses at any size`,
    },
    [`${of}.avoidable_misses`]: {
      kind: "counter",
      system,
      description: `Misses of what ${title} has seen before: a larger one would answer`,
    },
  };
}

const pool = "cache.resize.buffer_pool";

/** Every metric of the operations manual, with its unit, its normal range and the side of it that is good. */
export const processingMetrics: MetricCatalogue = defineMetrics({
  ...cacheMetrics({
    name: "frame",
    system: "frame",
    title: "the frame cache",
    normalHitRate: { min: 0.6, max: 0.8, better: "higher" },
    normalMemoryMb: { max: 400, better: "lower" },
    normalDuration: { max: 0.001, better: "lower", where: { operation: "get", outcome: "hit" } },
    normalEvictions: { max: 10, better: "lower", statistic: "ratePerMinute" },
  }),
  ...cacheMetrics({
    name: "validation",
    system: "validation",
    title: "the validation cache",
    normalHitRate: { min: 0.4, max: 0.6, better: "higher" },
    normalMemoryMb: { max: 80, better: "lower" },
    groupBy: ["metric_type"],
  }),
  ...cacheMetrics({ name: "resize", system: "resize", title: "the resized-frame cache" }),
  [`${pool}.hits`]: {
    kind: "counter",
    system: "resize",
    description: "Requests for scratch memory met by used buffers",
  },
  [`${pool}.misses`]: {
    kind: "counter",
    system: "resize",
    description: "Requests for scratch memory that allocated it",
  },
  [`${pool}.reuse_rate`]: {
    kind: "derived",
    unit: "1",
    system: "resize",
    description: "Share of requests for scratch memory met by used buffers",
    formula: `${pool}.hits / (${pool}.hits + ${pool}.misses)`,
  },
  [`${pool}.memory_usage_mb`]: {
    kind: "gauge",
    unit: "MB",
    merge: "sum",
    system: "resize",
    description: "Scratch memory that waits to be used again",
  },
  [`${pool}.memory_limit_mb`]: {
    kind: "gauge",
    unit: "MB",
    merge: "sum",
    system: "resize",
    description: "Scratch memory that may wait to be used again",
  },
  "cache.memory_pressure.level": {
    kind: "gauge",
    merge: "max",
    system: "memory",
    description: "How short memory is: 0 normal, 1 warning, 2 critical, 3 emergency",
    normalRange: { max: 0, better: "lower" },
  },
  "cache.memory_pressure.used_ratio": {
    kind: "gauge",
    unit: "1",
    merge: "max",
    system: "memory",
    description: "Share of the container's or the machine's memory that is in use",
  },
  "cache.memory_pressure.evictions": {
    kind: "counter",
    system: "memory",
    description: "Times that caches had to give memory back, by level",
  },
  "cache.memory_pressure.freed_mb": {
    kind: "counter",
    unit: "MB",
    system: "memory",
    description: "Memory that caches gave back, by cache",
  },
  "sampling.frames_sampled_ratio": {
    kind: "gauge",
    unit: "1",
    system: "sampling",
    description: "Share of an animation's frames that was looked at",
    // Looking at more frames is only slower, and `sampling.speedup_factor` tells.
    normalRange: { min: 0.2, max: 0.8, better: "higher" },
  },
  "sampling.confidence_interval_width": {
    kind: "gauge",
    system: "sampling",
    description: "Width of the confidence interval of the sampled metric's mean",
    normalRange: { max: 0.1, better: "lower" },
  },
  "sampling.speedup_factor": {
    kind: "gauge",
    system: "sampling",
    description: "How many times faster than looking at all frames",
    normalRange: { min: 1.5, max: 5, better: "higher" },
  },
  "sampling.strategy_usage": { kind: "counter", system: "sampling", description: "Animations sampled, by strategy" },
  "lazy_import.load_time": {
    kind: "timer",
    unit: "s",
    system: "lazy",
    description: "Time to load a module on first use",
    normalRange: { max: 0.1, better: "lower" },
  },
  "lazy_import.load_count": { kind: "counter", system: "lazy", description: "Modules loaded on first use" },
  "lazy_import.fallback_used": {
    kind: "counter",
    system: "lazy",
    description: "Modules that could not be loaded and were replaced by their fallback",
    normalRange: { max: 0, better: "lower", statistic: "sum" },
  },
});
