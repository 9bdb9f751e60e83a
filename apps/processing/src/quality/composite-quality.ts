/** Means over the compared frames, as far as they were computed. */
export interface QualityMeans {
  readonly mse?: number | undefined;
  readonly psnrDb?: number | undefined;
  readonly ssim?: number | undefined;
  readonly msSsim?: number | undefined;
  readonly fsim?: number | undefined;
  readonly gmsd?: number | undefined;
  readonly chist?: number | undefined;
  readonly edgeSimilarity?: number | undefined;
  readonly sharpnessSimilarity?: number | undefined;
  readonly temporalConsistency?: number | undefined;
}

/** Signal-to-noise ratio that counts as perfect, in dB. */
const PSNR_MAX_DB = 50;
const GMSD_WORST = 0.5;

function clip(value: number): number {
  return Math.min(1, Math.max(0, value));
}

/** What each metric weighs, and how it becomes 0 (worst) to 1 (best). Texture weighs nothing. */
const PARTS: Readonly<Record<keyof QualityMeans, { weight: number; normalise: (value: number) => number }>> = {
  ssim: { weight: 0.18, normalise: clip },
  msSsim: { weight: 0.22, normalise: clip },
  psnrDb: { weight: 0.15, normalise: (value) => clip(value / PSNR_MAX_DB) },
  mse: { weight: 0.1, normalise: (value) => 1 / (1 + Math.log10(Math.max(value, 1))) },
  fsim: { weight: 0.08, normalise: clip },
  edgeSimilarity: { weight: 0.07, normalise: clip },
  gmsd: { weight: 0.05, normalise: (value) => 1 - Math.min(value, GMSD_WORST) / GMSD_WORST },
  chist: { weight: 0.04, normalise: clip },
  sharpnessSimilarity: { weight: 0.03, normalise: clip },
  temporalConsistency: { weight: 0.05, normalise: clip },
};

/**
 * One number for the quality of a result, 0 to 1: the weighted mean of the metrics that are present.
 * `undefined` when none is. With ssim 0.9 and psnr 40 dB alone: (0.18 x 0.9 + 0.15 x 0.8) / 0.33 = 0.855.
 */
export function compositeQuality(means: QualityMeans): number | undefined {
  let sum = 0;
  let weights = 0;
  for (const [name, { weight, normalise }] of Object.entries(PARTS)) {
    const value = means[name as keyof QualityMeans];
    if (value === undefined) continue;
    sum += weight * normalise(value);
    weights += weight;
  }
  return weights === 0 ? undefined : sum / weights;
}

/**
 * Quality for the space saved, 0 to 1: sqrt(quality) x sqrt(min(1, ln(1 + ratio) / ln 21)), so that a ratio of 20 counts
 * as full compression.
 *
 * @param quality composite quality, 0 to 1
 * @param compressionRatio original size / new size, above 0
 */
export function efficiency(quality: number, compressionRatio: number): number {
  return Math.sqrt(quality) * Math.sqrt(Math.min(1, Math.log(1 + compressionRatio) / Math.log(21)));
}
