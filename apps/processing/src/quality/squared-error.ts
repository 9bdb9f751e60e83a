import type { Picture } from "./picture.ts";

/** Signal-to-noise ratio reported for identical pictures, in dB, instead of infinity; and the most ever reported. */
const PSNR_IDENTICAL_DB = 100;

/** Mean squared difference over all pixels and channels, 0 (same) to 65025. */
export function meanSquaredError(a: Picture, b: Picture): number {
  let sum = 0;
  const left = a.rgb;
  const right = b.rgb;
  for (let at = 0; at < left.length; at++) {
    const difference = left[at]! - right[at]!;
    sum += difference * difference;
  }
  return sum / left.length;
}

/** Peak signal-to-noise ratio in dB, 10 log10(255^2 / mse), at most 100: what identical pictures have. */
export function psnrDb(mse: number): number {
  return mse === 0 ? PSNR_IDENTICAL_DB : Math.min(PSNR_IDENTICAL_DB, 10 * Math.log10(255 ** 2 / mse));
}
