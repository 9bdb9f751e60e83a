import type { Animation } from "../pipeline/animation.ts";
import type { FrameMetric } from "../quality/frame-metrics.ts";
import { type MetricChoice, type QualityTier, qualityTier, TIER_METRICS } from "../quality/metric-tier.ts";
import { psnrDb } from "../quality/squared-error.ts";
import { meanChange, temporalConsistency } from "../quality/temporal-consistency.ts";
import type { PipelineServices } from "../run/pipeline-services.ts";
import { evenlySpread } from "../sampling/sampling-request.ts";
import type { MetricValues } from "../workers/pixel-job.ts";
import { alignFrames, type FramePair } from "./align-frames.ts";
import { type ComparisonSetting, comparedSize, comparePair } from "./pair-comparison.ts";
import { type QualityReport, qualityReport } from "./quality-report.ts";
import type { Turns } from "./turns.ts";

/** How a comparison is made. */
export interface QualityOptions {
  /** Default `all`. `conditional`: a result whose sample frames are good gets fewer metrics; see `TIER_METRICS`. */
  readonly metrics?: MetricChoice;
}

/** Frames that decide on a result's tier. */
const TIER_FRAMES = 5;
/**
 * Pixels of pairs from which starting threads pays (each takes some 0.15 s of processor time until it is as fast as this
 * one: about 40 pairs of 480 x 270), and from which using those that run already does.
 */
const PIXELS_FOR_NEW_THREADS = 6_000_000;
const PIXELS_FOR_THREADS = 100_000;

/** Whether comparing so many pairs is faster with threads. */
function threadsPay(pairs: number, setting: ComparisonSetting): boolean {
  const { workers } = setting.services;
  if (workers.size < 2 || pairs < 2) return false;
  const { width, height } = comparedSize(setting);
  return pairs * width * height >= (workers.threads > 0 ? PIXELS_FOR_THREADS : PIXELS_FOR_NEW_THREADS);
}

/** Temporal consistency of an animation, with turns for others between its frames. */
async function steadinessOf({ frames }: Animation, pause: Turns): Promise<number> {
  const changes: number[] = [];
  for (let at = 1; at < frames.length; at++) {
    changes.push(meanChange(frames[at - 1]!.rgba, frames[at]!.rgba));
    await pause.take();
  }
  return temporalConsistency(changes);
}

async function tierOf(pairs: readonly FramePair[], setting: ComparisonSetting): Promise<QualityTier> {
  const moments = evenlySpread(pairs.length, Math.min(TIER_FRAMES, pairs.length));
  let sum = 0;
  for (const moment of moments) sum += psnrDb((await comparePair(pairs[moment]!, ["mse"], setting, false)).mse!);
  return qualityTier(sum / moments.length);
}

/** Compares those of the pairs that the sampler picks. */
async function comparePairs(
  pairs: readonly FramePair[],
  metrics: readonly FrameMetric[],
  setting: ComparisonSetting,
): Promise<Pick<QualityReport, "sampling"> & { readonly pairs: readonly MetricValues[] }> {
  let threads = false;
  const compared = new Map<number, MetricValues>();
  const { original } = setting;
  const sampling = await setting.services.sample(
    { ...original, frames: pairs.map((pair) => original.frames[pair.original]!) },
    async (position) => {
      const values = await comparePair(pairs[position]!, metrics, setting, threads);
      compared.set(position, values);
      return values.ssim!;
    },
    {
      concurrency: (frames) => {
        threads = threadsPay(frames, setting);
        // Each thread has one pair to work on and one that waits.
        return threads ? 2 * setting.services.workers.size : 1;
      },
    },
  );
  return { sampling, pairs: sampling.indices.map((position) => compared.get(position)!) };
}

/** Each result frame once, with the original it was made from: several moments of the original can show the same. */
function eachOnce(moments: readonly FramePair[]): FramePair[] {
  return moments.filter(({ result }, at) => at === 0 || moments[at - 1]!.result !== result);
}

/**
 * Compares a result with its original on the frames the sampler picks. Each value comes from the validation cache when
 * the same two frames were compared before, by this process or another. A long animation is compared by the worker threads
 * of `services`, with the same values.
 *
 * @throws InterruptedError when the run is interrupted between two comparisons; WorkerError when a thread crashes
 */
export async function measureQuality(
  original: Animation,
  result: Animation,
  services: PipelineServices,
  pause: Turns,
  options: QualityOptions = {},
): Promise<QualityReport> {
  const setting: ComparisonSetting = { original, result, services, pause };
  const pairs = eachOnce(await alignFrames(original, result, pause));
  const tier = options.metrics === "conditional" ? await tierOf(pairs, setting) : undefined;
  // Side by side: while the threads compare, this one has time.
  const [compared, steadiness] = await Promise.all([
    comparePairs(pairs, TIER_METRICS[tier ?? "low"], setting),
    steadinessOf(result, pause),
  ]);
  return qualityReport({ ...compared, temporalConsistency: steadiness, tier });
}
