export {
  BufferPool,
  type BufferPoolStats,
} from "./caching/buffer-pool.ts";
export {
  defaultFrameCachePath,
  FrameCache,
  type FrameCacheOptions,
  type FrameCacheStats,
  type FrameDecoder,
  type FrameOptions,
  type WarmOptions,
  type WarmReport,
} from "./caching/frame-cache.ts";
export { type FrameHasher, loadFrameHasher } from "./caching/frame-hash.ts";
export type { EvictionPolicy } from "./caching/memory-tier.ts";
export {
  defaultResizeSignalPath,
  type GreyImage,
  type LeasedImage,
  ResizedFrameCache,
  type ResizedFrameCacheOptions,
  type ResizedFrameCacheStats,
  type ResizeMethod,
  type ResizeOptions,
  type Size,
} from "./caching/resized-frame-cache.ts";
export type { RgbaImage } from "./caching/rgba-image.ts";
export {
  defaultValidationCachePath,
  type MetricQuery,
  type MetricValue,
  ValidationCache,
  type ValidationCacheOptions,
  type ValidationCacheStats,
} from "./caching/validation-cache.ts";
export { decodeGif, decodeGifBytes } from "./gif/decode-gif.ts";
export type { DecodedGif, GifFrame } from "./gif/decoded-gif.ts";
export { GifError, type GifErrorCode } from "./gif/gif-error.ts";
export type { GifLimits } from "./gif/gif-limits.ts";
export { LazyImports, lazy, lazyImports } from "./lazy-imports/lazy-imports.ts";
export { LazyModule, type LazyOptions, ModuleUnavailableError } from "./lazy-imports/lazy-module.ts";
export type { ConfidenceInterval } from "./sampling/confidence-interval.ts";
export {
  createSampler,
  FrameSampler,
  type SampledWork,
  type SampleOptions,
  type SamplingResult,
} from "./sampling/frame-sampler.ts";
export type { FrameSamplingConfig, SamplingStrategy } from "./sampling/sampling-config.ts";
export type { FrameSequence } from "./sampling/sampling-request.ts";
