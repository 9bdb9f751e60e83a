import { loadContentHasher } from "../caching/content-hash.ts";
import { FrameCache } from "../caching/frame-cache.ts";
import type { FrameCacheOptions } from "../caching/frame-cache-options.ts";
import { loadFrameHasher } from "../caching/frame-hash.ts";
import { MemoryPressure, type MemoryPressureOptions } from "../caching/memory-pressure.ts";
import type { MetricQuery } from "../caching/metric-query.ts";
import { ResizedFrameCache, type ResizedFrameCacheOptions } from "../caching/resized-frame-cache.ts";
import { ValidationCache, type ValidationCacheOptions } from "../caching/validation-cache.ts";
import type { ComparedFrame } from "../comparison/compared-frame.ts";
import { decodeGifBytes } from "../gif/decode-gif.ts";
import type { GifLimits } from "../gif/gif-limits.ts";
import { type FrameMetric, METRIC_CONFIGS } from "../quality/frame-metrics.ts";
import { createSampler } from "../sampling/frame-sampler.ts";
import type { FrameSamplingConfig } from "../sampling/sampling-config.ts";
import { WorkerPool } from "../workers/worker-pool.ts";
import type { PipelineServices } from "./pipeline-services.ts";
import { encodePng } from "./sharp-module.ts";

/** How caches and sampler are set up; all parts have defaults. */
export interface ServiceOptions {
  readonly frameCache?: FrameCacheOptions;
  readonly validationCache?: ValidationCacheOptions;
  readonly resizeCache?: ResizedFrameCacheOptions;
  readonly memoryPressure?: Omit<MemoryPressureOptions, "caches">;
  readonly frameSampling?: FrameSamplingConfig;
  readonly limits?: GifLimits;
  /** Threads for pixel work, 1 (none: everything in this thread) to 256. Default: as many as there are CPUs. */
  readonly workers?: number;
}

function metricQuery(metric: FrameMetric, a: ComparedFrame, b: ComparedFrame): MetricQuery {
  return { metric, frames: [a.identity, b.identity], config: METRIC_CONFIGS[metric] };
}

/** Opens the caches, the sampler and the lazily loaded modules that a run works with. Close them when it is over. */
export async function openServices(options: ServiceOptions = {}): Promise<PipelineServices> {
  const hash = await loadFrameHasher();
  const { frameCache } = options;
  const contentHasher = frameCache?.keyBy === "content" ? await loadContentHasher() : undefined;
  const frames = new FrameCache({ contentHasher, ...frameCache });
  const validation = new ValidationCache(options.validationCache);
  const resized = new ResizedFrameCache({ hasher: hash, ...options.resizeCache });
  const caches = { validation, resize: resized, frame: frames };
  const pressure = new MemoryPressure({ ...options.memoryPressure, caches });
  pressure.start();
  const sampler = createSampler(options.frameSampling);
  const workers = new WorkerPool(options.workers === undefined ? {} : { size: options.workers });
  const { maxFrames } = options.limits ?? {};
  return {
    decode: (path, bytes) => frames.getOrDecode(path, () => decodeGifBytes(bytes, options.limits), { maxFrames }),
    knownMetric: (name, a, b) => validation.get(metricQuery(name, a, b)) as number | undefined,
    keepMetric: (name, a, b, value) => {
      validation.put(metricQuery(name, a, b), value);
    },
    workers,
    hash,
    resize: (image, size, identity) => resized.get(image, size, { identity }),
    level: (identity, size, make) => resized.level(identity, size, make),
    scratch: resized.pool,
    sample: async (animation, work, more) =>
      (await sampler.process(animation, work, { value: (ssim) => ssim, ...more })).selection,
    preview: async (image, side) => {
      const scale = Math.min(1, side / Math.max(image.width, image.height));
      const size = {
        width: Math.max(1, Math.round(image.width * scale)),
        height: Math.max(1, Math.round(image.height * scale)),
      };
      using small = resized.lease(image, size);
      return await encodePng(small);
    },
    close: async () => {
      pressure.stop();
      // All of them, even if one cannot be closed.
      await Promise.allSettled([frames.close(), validation.close(), workers.close({ abandon: true })]);
      resized.close();
    },
  };
}
