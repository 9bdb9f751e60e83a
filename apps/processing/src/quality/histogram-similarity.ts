import type { Picture } from "./picture.ts";

const BINS = 32;

/** Pearson correlation of two histograms, -1 to 1; 1 when both are flat, as in OpenCV. */
export function correlation(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const size = a.length;
  let meanA = 0;
  let meanB = 0;
  for (let at = 0; at < size; at++) {
    meanA += a[at]! / size;
    meanB += b[at]! / size;
  }
  let product = 0;
  let squaresA = 0;
  let squaresB = 0;
  for (let at = 0; at < size; at++) {
    const left = a[at]! - meanA;
    const right = b[at]! - meanB;
    product += left * right;
    squaresA += left * left;
    squaresB += right * right;
  }
  const scale = squaresA * squaresB;
  return scale > Number.EPSILON ? product / Math.sqrt(scale) : 1;
}

/** Counts of each channel, one after the other. */
function histograms(rgb: Uint8Array): Uint32Array {
  const counts = new Uint32Array(3 * BINS);
  for (let at = 0; at < rgb.length; at += 3) {
    counts[rgb[at]! >> 3]!++;
    counts[BINS + (rgb[at + 1]! >> 3)]!++;
    counts[2 * BINS + (rgb[at + 2]! >> 3)]!++;
  }
  return counts;
}

/** Colour histogram similarity, 0 to 1: per channel, correlation of 32-bin histograms mapped from -1..1; mean of three. */
export function chist(a: Picture, b: Picture): number {
  const left = histograms(a.rgb);
  const right = histograms(b.rgb);
  let sum = 0;
  for (let from = 0; from < 3 * BINS; from += BINS) {
    sum += (correlation(left.subarray(from, from + BINS), right.subarray(from, from + BINS)) + 1) / 2;
  }
  return sum / 3;
}
