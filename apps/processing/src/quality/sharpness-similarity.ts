import { convolve, LAPLACIAN } from "./convolve.ts";
import type { Picture } from "./picture.ts";

function sharpness(picture: Picture): number {
  const detail = convolve(picture.levels[0]!, LAPLACIAN);
  let sum = 0;
  let squares = 0;
  for (const value of detail) {
    sum += value;
    squares += value * value;
  }
  const mean = sum / detail.length;
  return squares / detail.length - mean * mean;
}

/** Sharpness agreement, 0 to 1: the smaller variance of the Laplacian over the larger; 1 when both pictures are flat. */
export function sharpnessSimilarity(a: Picture, b: Picture): number {
  const left = sharpness(a);
  const right = sharpness(b);
  const larger = Math.max(left, right);
  return larger === 0 ? 1 : Math.min(left, right) / larger;
}
