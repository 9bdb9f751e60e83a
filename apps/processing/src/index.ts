// GIFs

// Caches
export { BufferPool, type BufferPoolStats } from "./caching/buffer-pool.ts";
export type { CacheOptions, ClearOptions, DiskCacheOptions, SharedPixelsOptions } from "./caching/cache-options.ts";
export { type ContentHasher, loadContentHasher } from "./caching/content-hash.ts";
export { FrameCache } from "./caching/frame-cache.ts";
export type {
  FrameCacheOptions,
  FrameCacheStats,
  FrameDecoder,
  FrameOptions,
  WarmOptions,
  WarmReport,
} from "./caching/frame-cache-options.ts";
export { type FrameHasher, loadFrameHasher } from "./caching/frame-hash.ts";
export type { LeasedImage } from "./caching/leased-image.ts";
export { MemoryPressure, type MemoryPressureOptions, type Shrinkable } from "./caching/memory-pressure.ts";
export type { MemoryProbe, MemoryReading } from "./caching/memory-probe.ts";
export type { EvictionPolicy } from "./caching/memory-tier.ts";
export type { MetricQuery, MetricValue } from "./caching/metric-query.ts";
export {
  ResizedFrameCache,
  type ResizedFrameCacheOptions,
  type ResizedFrameCacheStats,
  type ResizeMethod,
  type ResizeOptions,
} from "./caching/resized-frame-cache.ts";
export type { GreyImage, RgbaImage, SharedPixels } from "./caching/rgba-image.ts";
export { ValidationCache, type ValidationCacheOptions, type ValidationCacheStats } from "./caching/validation-cache.ts";
// Comparison of a result with its original
export { alignFrames, type FramePair } from "./comparison/align-frames.ts";
export { measureQuality, type QualityOptions } from "./comparison/measure-quality.ts";
export type { MeasuredMetric, QualityReport } from "./comparison/quality-report.ts";
export type { Positions, Spread } from "./comparison/spread.ts";
// Engines
export { type DetectedEngines, detectEngines, type FoundEngine, type MissingEngine } from "./engines/detect-engines.ts";
export { EngineError, type EngineErrorCode } from "./engines/engine-error.ts";
export type { EngineLimits } from "./engines/engine-limits.ts";
export type { EngineVersion } from "./engines/engine-version.ts";
export { decodeGif, decodeGifBytes, decodeIndexed, renderIndexed } from "./gif/decode-gif.ts";
export type { IndexedImage } from "./gif/decode-images.ts";
export type { DecodedGif, GifFrame } from "./gif/decoded-gif.ts";
export { type EncodeGifOptions, encodeGif } from "./gif/encode-gif.ts";
export { GifError, type GifErrorCode } from "./gif/gif-error.ts";
export { type GifInfo, readGifInfo } from "./gif/gif-info.ts";
export type { GifLimits } from "./gif/gif-limits.ts";
export type { GifSource } from "./gif/gif-source.ts";
export { GifStream, type StreamedFrame, type StreamLimits, streamGif } from "./gif/gif-stream.ts";
export type { IndexedGif } from "./gif/indexed-gif.ts";
export { makeSampleGifs } from "./gif/make-sample-gifs.ts";
export { selectFrames } from "./gif/select-frames.ts";
// Modules loaded on first use
export { type LazyImports, lazy, lazyImports } from "./lazy-imports/lazy-imports.ts";
export { type LazyModule, type LazyOptions, ModuleUnavailableError } from "./lazy-imports/lazy-module.ts";
export { limitPipelines } from "./pipeline/limit-pipelines.ts";
export { appliedParameters, type Pipeline } from "./pipeline/pipeline.ts";
export type { PipelineParameters, PipelineStep } from "./pipeline/pipeline-step.ts";
export { findPipeline, PRESETS, type Preset } from "./pipeline/preset.ts";
export { type RenderedGif, type RenderOptions, renderPipeline } from "./pipeline/render-pipeline.ts";
export { type LeftOutPipeline, type RunnablePreset, runnablePreset } from "./pipeline/runnable-preset.ts";
export type { RenderSource } from "./pipeline/workpiece.ts";
// Quality
export { compareFrames, type FrameComparison } from "./quality/compare-frames.ts";
export { compositeQuality, efficiency, type QualityMeans } from "./quality/composite-quality.ts";
export { FRAME_METRICS, type FrameMetric } from "./quality/frame-metrics.ts";
export { type GreyLevel, halveGrey, Picture, type PictureOptions } from "./quality/picture.ts";
export { type PictureSize, resizeArea } from "./quality/resize-area.ts";
// Pipeline
export { formatRunSummary } from "./run/format-run-summary.ts";
export { openServices, type ServiceOptions } from "./run/open-services.ts";
export type { PipelineServices } from "./run/pipeline-services.ts";
export { type RunOptions, runPreset } from "./run/run-preset.ts";
export type { RunSummary } from "./run/run-summary.ts";
// Frame sampling
export type { ConfidenceInterval } from "./sampling/confidence-interval.ts";
export {
  createSampler,
  type FrameSampler,
  type SampledWork,
  type SampleOptions,
  type SamplingResult,
} from "./sampling/frame-sampler.ts";
export type { FrameSamplingConfig, SamplingStrategy } from "./sampling/sampling-config.ts";
export type { FrameSequence } from "./sampling/sampling-request.ts";
// Threads for pixel work
export type { ComparedImage, CompareJob, MetricValues, RenderJob } from "./workers/pixel-job.ts";
export { WorkerError, type WorkerErrorCode } from "./workers/worker-error.ts";
export { WorkerPool, type WorkerPoolOptions } from "./workers/worker-pool.ts";
