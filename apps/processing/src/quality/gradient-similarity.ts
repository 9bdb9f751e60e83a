import { convolve, gradientMagnitude, LAPLACIAN, PREWITT_X, PREWITT_Y, SOBEL_X, SOBEL_Y } from "./convolve.ts";
import type { Picture } from "./picture.ts";

/** Keeps flat areas (0 against 0) at similarity 1. */
const STABILISER = 1e-3;

function similarity(a: number, b: number): number {
  return (2 * a * b + STABILISER) / (a * a + b * b + STABILISER);
}

/**
 * Gradient magnitude similarity deviation: population standard deviation of the similarity of Prewitt gradients (divided
 * by 3). 0 means the same; larger is worse.
 */
export function gmsd(a: Picture, b: Picture): number {
  const left = gradientMagnitude(a.levels[0]!, PREWITT_X, PREWITT_Y, 3);
  const right = gradientMagnitude(b.levels[0]!, PREWITT_X, PREWITT_Y, 3);
  let sum = 0;
  let squares = 0;
  for (let at = 0; at < left.length; at++) {
    const value = similarity(left[at]!, right[at]!);
    sum += value;
    squares += value * value;
  }
  const mean = sum / left.length;
  return Math.sqrt(Math.max(0, squares / left.length - mean * mean));
}

/**
 * Feature similarity, 0 to 1: mean over all pixels of Sobel gradient similarity times similarity of the absolute
 * Laplacian (in place of the published phase congruency).
 */
export function fsim(a: Picture, b: Picture): number {
  const gradientsA = gradientMagnitude(a.levels[0]!, SOBEL_X, SOBEL_Y);
  const gradientsB = gradientMagnitude(b.levels[0]!, SOBEL_X, SOBEL_Y);
  const detailA = convolve(a.levels[0]!, LAPLACIAN);
  const detailB = convolve(b.levels[0]!, LAPLACIAN);
  let sum = 0;
  for (let at = 0; at < gradientsA.length; at++) {
    sum += similarity(gradientsA[at]!, gradientsB[at]!) * similarity(Math.abs(detailA[at]!), Math.abs(detailB[at]!));
  }
  return Math.min(1, Math.max(0, sum / gradientsA.length));
}
