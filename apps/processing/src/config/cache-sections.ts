import * as v from "valibot";

const megabytes = v.pipe(v.number(), v.finite(), v.minValue(0), v.maxValue(1024 * 1024));
const ttlSeconds = v.pipe(v.number(), v.finite(), v.minValue(1), v.maxValue(10 * 365 * 86_400));
const path = v.pipe(v.string(), v.minLength(1));
const evictionPolicy = v.picklist(["lru", "slru"]);

/** `frameCache`: decoded frames. A limit of 0 turns a tier off. */
export const frameCacheSection = v.strictObject({
  enabled: v.optional(v.boolean(), true),
  memoryLimitMb: v.optional(megabytes, 500),
  diskLimitMb: v.optional(megabytes, 2000),
  /** Age, counted from the decode. */
  ttlSeconds: v.optional(ttlSeconds, 86_400),
  /** Default `~/.giflab_cache/frame_cache.db`. */
  diskPath: v.optional(path),
  evictionPolicy: v.optional(evictionPolicy, "lru"),
});

/** `validationCache`: quality metrics of pairs of frames. */
export const validationCacheSection = v.strictObject({
  enabled: v.optional(v.boolean(), true),
  memoryLimitMb: v.optional(megabytes, 100),
  diskLimitMb: v.optional(megabytes, 1000),
  ttlSeconds: v.optional(ttlSeconds, 172_800),
  /** Default `~/.giflab_cache/validation_cache.db`. */
  diskPath: v.optional(path),
  evictionPolicy: v.optional(evictionPolicy, "lru"),
  /** Metrics that are not to be cached: `{ ssim: false }`. */
  metrics: v.optional(v.record(v.string(), v.boolean()), {}),
});

/** `resizeCache`: resized frames and pyramid levels, in memory only. */
export const resizeCacheSection = v.strictObject({
  enabled: v.optional(v.boolean(), true),
  memoryLimitMb: v.optional(megabytes, 200),
  /** Time without use. */
  ttlSeconds: v.optional(ttlSeconds, 3600),
  poolEnabled: v.optional(v.boolean(), true),
  evictionPolicy: v.optional(evictionPolicy, "lru"),
  /** Default `~/.giflab_cache/resize_cache.cleared`. */
  clearSignalPath: v.optional(path),
});

export type FrameCacheSection = v.InferOutput<typeof frameCacheSection>;
export type ValidationCacheSection = v.InferOutput<typeof validationCacheSection>;
export type ResizeCacheSection = v.InferOutput<typeof resizeCacheSection>;
