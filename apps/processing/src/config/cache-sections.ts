import * as v from "valibot";

const yesOrNo = v.boolean("must be true or false");
const path = v.pipe(v.string("must be the path of a file"), v.minLength(1, "must be the path of a file"));
const evictionPolicy = v.picklist(["lru", "slru"], 'must be "lru" or "slru"');
const megabytes = number(0, 1_048_576, "of MB (0: off)");
const ttlSeconds = number(1, 315_360_000, "of seconds");

function number(low: number, high: number, of: string) {
  const message = `must be a number from ${low} to ${high} ${of}`;
  return v.pipe(
    v.number(message),
    v.check((value) => value >= low && value <= high, message),
  );
}

/** `frameCache`: decoded frames. A limit of 0 turns a tier off. */
export const frameCacheSection = v.strictObject({
  enabled: v.optional(yesOrNo, true),
  memoryLimitMb: v.optional(megabytes, 500),
  diskLimitMb: v.optional(megabytes, 2000),
  /** Age, counted from the decode. */
  ttlSeconds: v.optional(ttlSeconds, 86_400),
  /** Default `~/.giflab_cache/frame_cache.db`. */
  diskPath: v.optional(path),
  evictionPolicy: v.optional(evictionPolicy, "lru"),
  /** Whether an entry belongs to path, time, size and inode, or to the file's bytes: then a copied file hits. */
  keyBy: v.optional(v.picklist(["version", "content"], 'must be "version" or "content"'), "version"),
  /** Find code that writes to shared frames; slow. Default: whether `GIFLAB_CACHE_DEBUG` is 1. */
  detectMutation: v.optional(yesOrNo),
});

/** `validationCache`: quality metrics of pairs of frames. */
export const validationCacheSection = v.strictObject({
  enabled: v.optional(yesOrNo, true),
  memoryLimitMb: v.optional(megabytes, 100),
  diskLimitMb: v.optional(megabytes, 1000),
  ttlSeconds: v.optional(ttlSeconds, 172_800),
  /** Default `~/.giflab_cache/validation_cache.db`. */
  diskPath: v.optional(path),
  evictionPolicy: v.optional(evictionPolicy, "lru"),
  /** Metrics that are not to be cached: `{ ssim: false }`. */
  metrics: v.optional(v.record(v.string(), yesOrNo), {}),
});

/** `resizeCache`: resized frames and pyramid levels, in memory only. */
export const resizeCacheSection = v.strictObject({
  enabled: v.optional(yesOrNo, true),
  memoryLimitMb: v.optional(megabytes, 200),
  /** Time without use. */
  ttlSeconds: v.optional(ttlSeconds, 3600),
  poolEnabled: v.optional(yesOrNo, true),
  evictionPolicy: v.optional(evictionPolicy, "lru"),
  /** Default `~/.giflab_cache/resize_cache.cleared`. */
  clearSignalPath: v.optional(path),
  /** Find code that writes to shared pixels; slow. Default: whether `GIFLAB_CACHE_DEBUG` is 1. */
  detectMutation: v.optional(yesOrNo),
});

const ratio = number(0, 1, "(a share of memory)");
const seconds = number(0.1, 86_400, "of seconds");

/** `memoryPressure`: caches give memory back before it runs out. Ratios are shares of the memory in use. */
export const memoryPressureSection = v.pipe(
  v.strictObject({
    enabled: v.optional(yesOrNo, true),
    warningRatio: v.optional(ratio, 0.7),
    criticalRatio: v.optional(ratio, 0.8),
    emergencyRatio: v.optional(ratio, 0.95),
    /** How far below its beginning a level ends. */
    hysteresisRatio: v.optional(ratio, 0.05),
    /** Between two looks. */
    intervalSeconds: v.optional(seconds, 5),
    /** Between two evictions at one level. */
    cooldownSeconds: v.optional(seconds, 30),
  }),
  v.check(
    ({ warningRatio, criticalRatio, emergencyRatio }) =>
      0 < warningRatio && warningRatio < criticalRatio && criticalRatio < emergencyRatio,
    "warningRatio, criticalRatio and emergencyRatio must rise",
  ),
  v.check(
    ({ hysteresisRatio, warningRatio }) => hysteresisRatio < warningRatio,
    "hysteresisRatio must be below warningRatio",
  ),
);

export type FrameCacheSection = v.InferOutput<typeof frameCacheSection>;
export type ValidationCacheSection = v.InferOutput<typeof validationCacheSection>;
export type ResizeCacheSection = v.InferOutput<typeof resizeCacheSection>;
export type MemoryPressureSection = v.InferOutput<typeof memoryPressureSection>;
