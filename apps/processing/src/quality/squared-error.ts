import type { Picture } from "./picture.ts";

/** Signal-to-noise ratio reported for identical pictures, in dB, instead of infinity; and the most ever reported. */
const PSNR_IDENTICAL_DB = 100;

/** Squares that can be added up in 31 bits, where adding is fastest: 255^2 each at most. */
const BLOCK = 32_768;

/** Mean squared difference over all pixels and channels, 0 (same) to 65025. */
export function meanSquaredError(a: Picture, b: Picture): number {
  const left = a.rgb;
  const right = b.rgb;
  let total = 0;
  for (let from = 0; from < left.length; from += BLOCK) {
    const end = Math.min(left.length, from + BLOCK);
    let sum = 0;
    for (let at = from; at < end; at++) {
      const difference = left[at]! - right[at]!;
      sum = (sum + difference * difference) | 0;
    }
    total += sum;
  }
  return total / left.length;
}

/** Peak signal-to-noise ratio in dB, 10 log10(255^2 / mse), at most 100: what identical pictures have. */
export function psnrDb(mse: number): number {
  return mse === 0 ? PSNR_IDENTICAL_DB : Math.min(PSNR_IDENTICAL_DB, 10 * Math.log10(255 ** 2 / mse));
}
