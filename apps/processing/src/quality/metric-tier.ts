import type { FrameMetric } from "./frame-metrics.ts";

/** Which metrics are worth their time: `all`, or fewer where a few frames show that the result is good. */
export type MetricChoice = "all" | "conditional";

/** How good the sample frames look: 35 dB and more, 25 dB and more, less. */
export type QualityTier = "high" | "medium" | "low";

const HIGH_DB = 35;
const MEDIUM_DB = 25;

/** @param psnr mean over the sample frames, in dB */
export function qualityTier(psnr: number): QualityTier {
  if (psnr >= HIGH_DB) return "high";
  return psnr >= MEDIUM_DB ? "medium" : "low";
}

/** Metrics that are always measured: rmse and psnr follow from mse. */
const BASIC: readonly FrameMetric[] = ["mse", "ssim"];
/** What structure looks like: worth it when the difference can be seen. */
const STRUCTURE: readonly FrameMetric[] = ["ms_ssim", "fsim", "gmsd"];
/** What kind of difference it is. */
const KIND: readonly FrameMetric[] = ["chist", "edge_similarity", "texture_similarity", "sharpness_similarity"];

/** The metrics of each tier; those of `low` are all there are. */
export const TIER_METRICS: Readonly<Record<QualityTier, readonly FrameMetric[]>> = {
  high: BASIC,
  medium: [...BASIC, ...STRUCTURE],
  low: [...BASIC, ...STRUCTURE, ...KIND],
};
