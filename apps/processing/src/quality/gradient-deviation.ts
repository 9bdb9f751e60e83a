import { padGrey } from "./padded-grey.ts";
import type { Picture } from "./picture.ts";

/** Keeps flat areas (0 against 0) at similarity 1. Gradients are not divided by 3 here, so it is 9 times the usual 1e-3. */
const STABILISER = 9e-3;

/**
 * Gradient magnitude similarity deviation: population standard deviation of the similarity of Prewitt gradients (divided
 * by 3, border mirrored). 0 means the same; larger is worse. About 10 ns a pixel.
 */
export function gmsd(a: Picture, b: Picture): number {
  const { width, height } = a;
  const { pixels: left, stride } = padGrey(a.levels[0]!, "reflect");
  const { pixels: right } = padGrey(b.levels[0]!, "reflect");
  let sum = 0;
  let squares = 0;
  for (let y = 0; y < height; y++) {
    // Of the last two columns: the sum of the three pixels, and the upper minus the lower.
    let up = y * stride;
    let sumA0 = left[up]! + left[up + stride]! + left[up + 2 * stride]!;
    let dropA0 = left[up]! - left[up + 2 * stride]!;
    let sumB0 = right[up]! + right[up + stride]! + right[up + 2 * stride]!;
    let dropB0 = right[up]! - right[up + 2 * stride]!;
    up++;
    let sumA1 = left[up]! + left[up + stride]! + left[up + 2 * stride]!;
    let dropA1 = left[up]! - left[up + 2 * stride]!;
    let sumB1 = right[up]! + right[up + stride]! + right[up + 2 * stride]!;
    let dropB1 = right[up]! - right[up + 2 * stride]!;
    for (const end = up + width; up < end; ) {
      up++;
      const middle = up + stride;
      const down = middle + stride;
      const sumA2 = left[up]! + left[middle]! + left[down]!;
      const dropA2 = left[up]! - left[down]!;
      const sumB2 = right[up]! + right[middle]! + right[down]!;
      const dropB2 = right[up]! - right[down]!;
      const acrossA = sumA0 - sumA2;
      const downA = dropA0 + dropA1 + dropA2;
      const acrossB = sumB0 - sumB2;
      const downB = dropB0 + dropB1 + dropB2;
      const squareA = acrossA * acrossA + downA * downA;
      const squareB = acrossB * acrossB + downB * downB;
      // (2 a b + C) / (a^2 + b^2 + C) of the magnitudes a and b.
      const value = (2 * Math.sqrt(squareA * squareB) + STABILISER) / (squareA + squareB + STABILISER);
      sum += value;
      squares += value * value;
      sumA0 = sumA1;
      sumA1 = sumA2;
      dropA0 = dropA1;
      dropA1 = dropA2;
      sumB0 = sumB1;
      sumB1 = sumB2;
      dropB0 = dropB1;
      dropB1 = dropB2;
    }
  }
  const count = width * height;
  const mean = sum / count;
  return Math.sqrt(Math.max(0, squares / count - mean * mean));
}
