import type { Picture } from "./picture.ts";

/**
 * How evenly an animation moves, 0 to 1: exp(-2 variance / mean^2) of the mean absolute difference between neighbouring
 * frames (only two are looked at at a time). 1 for fewer than two frames, a still animation, or one that always changes by the same amount.
 */
export function temporalConsistency(frames: Iterable<Picture>): number {
  const changes: number[] = [];
  let before: Uint8Array | undefined;
  for (const { rgb } of frames) {
    if (before !== undefined) {
      let sum = 0;
      for (let byte = 0; byte < rgb.length; byte++) sum += Math.abs(rgb[byte]! - before[byte]!);
      changes.push(sum / rgb.length);
    }
    before = rgb;
  }
  if (changes.length === 0) return 1;
  const mean = changes.reduce((sum, change) => sum + change, 0) / changes.length;
  if (mean === 0) return 1;
  const variance = changes.reduce((sum, change) => sum + (change - mean) ** 2, 0) / changes.length;
  return Math.exp((-2 * variance) / mean ** 2);
}
