export { type CacheMessage, cacheChannel } from "./cache-channel.ts";
export type { ChannelSource } from "./channel-source.ts";
export { type ChannelInstrumentation, type ChannelOptions, instrumentChannels } from "./instrument-channels.ts";
export type { TrackOptions } from "./late-handle.ts";
export { type LazyImportMessage, lazyImportChannel } from "./lazy-import-channel.ts";
export { type MemoryPressureMessage, memoryPressureChannel } from "./memory-pressure-channel.ts";
export { MetricTracker, type MetricTrackerOptions } from "./metric-tracker.ts";
export { type SamplingMessage, samplingChannel } from "./sampling-channel.ts";
export {
  type TrackCounterOptions,
  type TrackValueOptions,
  trackCounter,
  trackGauge,
  trackHistogram,
  trackTiming,
} from "./track.ts";
export type { AnyFunction, TrackDecorator } from "./wrap-function.ts";
