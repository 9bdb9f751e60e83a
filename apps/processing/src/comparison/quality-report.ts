import { compositeQuality } from "../quality/composite-quality.ts";
import type { FrameMetric } from "../quality/frame-metrics.ts";
import type { QualityTier } from "../quality/metric-tier.ts";
import { psnrDb } from "../quality/squared-error.ts";
import type { FrameSampling } from "../run/pipeline-services.ts";
import type { MetricValues } from "../workers/pixel-job.ts";
import { type Positions, positionsOf, type Spread, spreadOf } from "./spread.ts";

/** Quantities that every comparison measures. */
export type BasicMetric = "mse" | "rmse" | "psnr" | "ssim";
/** Every measured quantity, by the stem of its result columns. */
export type MeasuredMetric = FrameMetric | BasicMetric;

/** Metrics that are also reported at the ends and in the middle of the animation. */
export type PositionalMetric = "ssim" | "mse" | "fsim" | "chist";

/** How much a result looks like its original. */
export interface QualityReport {
  /** psnr in dB, 100 for identical frames. With `metrics: "conditional"` a good result has the basic ones only. */
  readonly metrics: Readonly<Record<BasicMetric, Spread> & Partial<Record<MeasuredMetric, Spread>>>;
  /** At the first, middle and last of the compared frames. */
  readonly positions: Readonly<Partial<Record<PositionalMetric, Positions>>>;
  /** Of the result, 0 to 1. */
  readonly temporalConsistency: number;
  /** 0 to 1, of the metrics that were measured. */
  readonly compositeQuality: number;
  readonly framesCompared: number;
  /** What decided on the metrics; absent when all were asked for. */
  readonly tier?: QualityTier;
  readonly sampling: FrameSampling;
}

const POSITIONAL: readonly PositionalMetric[] = ["ssim", "mse", "fsim", "chist"];

/** What a report is made of. */
export interface Measurements {
  /** Of each compared pair, in the order of `sampling.indices`; at least one. */
  readonly pairs: readonly MetricValues[];
  readonly temporalConsistency: number;
  readonly sampling: FrameSampling;
  readonly tier: QualityTier | undefined;
}

/** Sums up what was measured of the pairs. */
export function qualityReport({ pairs, temporalConsistency, sampling, tier }: Measurements): QualityReport {
  const lists: Partial<Record<MeasuredMetric, number[]>> = {};
  for (const name of Object.keys(pairs[0]!) as FrameMetric[]) lists[name] = pairs.map((values) => values[name]!);
  lists.rmse = lists.mse!.map(Math.sqrt);
  lists.psnr = lists.mse!.map(psnrDb);
  const spreads = Object.entries(lists).map(([name, values]) => [name, spreadOf(values, sampling.weights)]);
  // mse and ssim are in every tier.
  const metrics = Object.fromEntries(spreads) as QualityReport["metrics"];
  const positional = POSITIONAL.filter((name) => lists[name] !== undefined);
  const quality = compositeQuality({
    mse: metrics.mse.mean,
    psnrDb: metrics.psnr.mean,
    ssim: metrics.ssim.mean,
    msSsim: metrics.ms_ssim?.mean,
    fsim: metrics.fsim?.mean,
    gmsd: metrics.gmsd?.mean,
    chist: metrics.chist?.mean,
    edgeSimilarity: metrics.edge_similarity?.mean,
    sharpnessSimilarity: metrics.sharpness_similarity?.mean,
    temporalConsistency,
  });
  return {
    metrics,
    positions: Object.fromEntries(positional.map((name) => [name, positionsOf(lists[name]!)])),
    temporalConsistency,
    compositeQuality: quality!,
    framesCompared: pairs.length,
    ...(tier === undefined ? {} : { tier }),
    sampling,
  };
}
