/** Autocovariances of `values` about 0 for lags 0 to `lags`, over neighbours within a sequence, divided by the number of values. */
function autocovariances(values: Float64Array, sequences: readonly number[], lags: number): Float64Array {
  const sums = new Float64Array(lags + 1);
  for (const [index, begin] of sequences.entries()) {
    const end = sequences[index + 1] ?? values.length;
    for (let lag = 0; lag <= lags; lag++) {
      for (let at = begin; at + lag < end; at++) sums[lag]! += values[at]! * values[at + lag]!;
    }
  }
  return sums.map((sum) => sum / values.length);
}

/** How neighbouring values hang together. */
export interface Dependence {
  /** Length of the blocks that a bootstrap should draw, 1 for independent values. */
  readonly blockLength: number;
  /** How much larger the variance of the mean is than that of independent values: at least 1. */
  readonly inflation: number;
}

/** A correlation counts as 0 when this many neighbouring lags are below the bound. */
const QUIET_LAGS = 5;

/**
 * Estimates dependence from values about 0 (influences) in sequences. Values of different sequences count as independent.
 *
 * The block length is the optimal one of the circular block bootstrap by Politis and White (Automatic block-length selection
 * for the dependent bootstrap, Econometric Reviews 23, 2004; corrected by Patton, Politis and White, 28, 2009), with their
 * flat-top lag window and bound c = 2; at most a third of the longest sequence, so that a resample has several.
 */
export function dependenceOf(values: Float64Array, sequences: readonly number[]): Dependence {
  const independent = { blockLength: 1, inflation: 1 };
  const longest = longestSequence(values.length, sequences);
  const most = Math.floor(longest / 3);
  if (most < 2) return independent;
  const bound = 2 * Math.sqrt(Math.log10(values.length) / values.length);
  const lags = Math.min(longest - 1, Math.ceil(Math.sqrt(longest)) + QUIET_LAGS);
  const covariances = autocovariances(values, sequences, 2 * lags);
  const variance = covariances[0]!;
  if (!(variance > 0)) return independent;
  let cutoff = 0;
  for (let lag = 1; lag <= lags; lag++)
    if (Math.abs(covariances[lag]! / variance) > bound) cutoff = lag;
    else if (lag - cutoff >= QUIET_LAGS) break;
  if (cutoff === 0) return independent;
  const width = Math.min(2 * cutoff, 2 * lags);
  let [spectrum, slope] = [variance, 0];
  for (let lag = 1; lag <= width; lag++) {
    const share = lag / width;
    const weight = share <= 0.5 ? 1 : 2 * (1 - share);
    spectrum += 2 * weight * covariances[lag]!;
    slope += 2 * weight * lag * covariances[lag]!;
  }
  const optimal = Math.cbrt((2 * slope ** 2 * values.length) / ((4 / 3) * spectrum ** 2));
  return {
    blockLength: Math.min(most, Math.max(1, Math.ceil(optimal))),
    inflation: Math.max(1, spectrum / variance),
  };
}

function longestSequence(length: number, sequences: readonly number[]): number {
  return Math.max(...sequences.map((begin, index) => (sequences[index + 1] ?? length) - begin));
}
