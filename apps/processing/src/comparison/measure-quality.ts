import type { Animation } from "../pipeline/animation.ts";
import { compositeQuality } from "../quality/composite-quality.ts";
import { FRAME_METRICS, type FrameMetric } from "../quality/frame-metrics.ts";
import { Picture } from "../quality/picture.ts";
import { psnrDb } from "../quality/squared-error.ts";
import { temporalConsistency } from "../quality/temporal-consistency.ts";
import type { Pause } from "../run/pause.ts";
import type { FrameSampling, PipelineServices } from "../run/pipeline-services.ts";
import { alignFrames, type FramePair } from "./align-frames.ts";
import { ComparedFrame } from "./compared-frame.ts";
import { type Spread, spreadOf } from "./spread.ts";

/** Every measured quantity, by the stem of its result columns. */
export type MeasuredMetric = FrameMetric | "rmse" | "psnr";

/** How much a result looks like its original. */
export interface QualityReport {
  /** psnr in dB, 100 for identical frames. */
  readonly metrics: Readonly<Record<MeasuredMetric, Spread>>;
  /** Of the result, 0 to 1. */
  readonly temporalConsistency: number;
  /** 0 to 1. */
  readonly compositeQuality: number;
  readonly framesCompared: number;
  readonly sampling: FrameSampling;
}

/** Temporal consistency in two frames' worth of scratch memory, whatever the length. */
function steadinessOf({ frames, width, height }: Animation, { scratch }: PipelineServices): number {
  const buffers = [scratch.acquire(3 * width * height), scratch.acquire(3 * width * height)] as const;
  function* pictures(): Generator<Picture, void, undefined> {
    for (const [at, { rgba }] of frames.entries()) {
      yield new Picture(rgba, width, height, { rgb: new Uint8Array(buffers[at % 2 === 0 ? 0 : 1]) });
    }
  }
  try {
    return temporalConsistency(pictures());
  } finally {
    for (const buffer of buffers) scratch.release(buffer);
  }
}

const NAMES = Object.keys(FRAME_METRICS) as FrameMetric[];

/**
 * Compares a result with its original on the frames the sampler picks. Each value comes from the validation cache when
 * the same two frames were compared before, by this process or another.
 *
 * @throws InterruptedError when the run is interrupted between two comparisons
 */
export async function measureQuality(
  original: Animation,
  result: Animation,
  services: PipelineServices,
  pause: Pause,
): Promise<QualityReport> {
  const size = { width: Math.min(original.width, result.width), height: Math.min(original.height, result.height) };
  const pairs = alignFrames(
    original.frames.map((frame) => frame.delaySeconds),
    result.frames.map((frame) => frame.delaySeconds),
  );
  const values = Object.fromEntries([...NAMES, "rmse", "psnr"].map((name) => [name, [] as number[]])) as Record<
    MeasuredMetric,
    number[]
  >;
  const compare = async (pair: FramePair): Promise<number> => {
    const before = new ComparedFrame(original, pair.original, size, services);
    const after = new ComparedFrame(result, pair.result, size, services);
    try {
      for (const name of NAMES) {
        values[name].push(
          services.metric(name, before, after, () => FRAME_METRICS[name](before.picture, after.picture)),
        );
        await pause.take();
      }
    } finally {
      before.release();
      after.release();
    }
    return values.ssim.at(-1)!;
  };
  // Several moments can show the same result frame: it is compared once.
  const compared = new Map<number, number>();
  const sampling = await services.sample(original, async (moment) => {
    const pair = pairs[moment]!;
    const ssim = compared.get(pair.result) ?? (await compare(pair));
    compared.set(pair.result, ssim);
    return ssim;
  });
  values.rmse = values.mse.map(Math.sqrt);
  values.psnr = values.mse.map(psnrDb);
  const metrics = Object.fromEntries(Object.entries(values).map(([name, list]) => [name, spreadOf(list)])) as Record<
    MeasuredMetric,
    Spread
  >;
  const steadiness = steadinessOf(result, services);
  await pause.take();
  const quality = compositeQuality({
    mse: metrics.mse.mean,
    psnrDb: metrics.psnr.mean,
    ssim: metrics.ssim.mean,
    msSsim: metrics.ms_ssim.mean,
    fsim: metrics.fsim.mean,
    gmsd: metrics.gmsd.mean,
    chist: metrics.chist.mean,
    edgeSimilarity: metrics.edge_similarity.mean,
    sharpnessSimilarity: metrics.sharpness_similarity.mean,
    temporalConsistency: steadiness,
  })!;
  return {
    metrics,
    temporalConsistency: steadiness,
    compositeQuality: quality,
    framesCompared: compared.size,
    sampling,
  };
}
