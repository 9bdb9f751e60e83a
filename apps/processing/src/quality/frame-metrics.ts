import { edgeSimilarity } from "./edge-similarity.ts";
import { fsim } from "./feature-similarity.ts";
import { gmsd } from "./gradient-deviation.ts";
import { chist } from "./histogram-similarity.ts";
import type { Picture } from "./picture.ts";
import { sharpnessSimilarity } from "./sharpness-similarity.ts";
import { meanSquaredError } from "./squared-error.ts";
import { msSsim, ssim } from "./ssim.ts";
import { textureSimilarity } from "./texture-similarity.ts";

/** The metrics that need pixels, by the names of the results and of the cache's `metric_type` tag. */
export type FrameMetric =
  | "mse"
  | "ssim"
  | "ms_ssim"
  | "fsim"
  | "gmsd"
  | "chist"
  | "edge_similarity"
  | "texture_similarity"
  | "sharpness_similarity";

/** How each metric compares two pictures of the same size. rmse and psnr follow from mse. */
export const FRAME_METRICS: Readonly<Record<FrameMetric, (a: Picture, b: Picture) => number>> = {
  mse: meanSquaredError,
  ssim,
  ms_ssim: msSsim,
  fsim,
  gmsd,
  chist,
  edge_similarity: edgeSimilarity,
  texture_similarity: textureSimilarity,
  sharpness_similarity: sharpnessSimilarity,
};

/**
 * What a metric's value depends on besides the pictures: part of the key it is cached under. `definition` is raised when
 * a metric's result changes, so that values of an older release are not taken for new ones.
 */
export const METRIC_CONFIGS: Readonly<Record<FrameMetric, Readonly<Record<string, number>>>> = {
  mse: { definition: 1 },
  ssim: { definition: 1 },
  ms_ssim: { definition: 1, scales: 5 },
  fsim: { definition: 1 },
  gmsd: { definition: 1 },
  chist: { definition: 1 },
  edge_similarity: { definition: 1 },
  texture_similarity: { definition: 1 },
  sharpness_similarity: { definition: 1 },
};
