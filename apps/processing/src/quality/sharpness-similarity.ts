import { padGrey } from "./padded-grey.ts";
import type { Picture } from "./picture.ts";

/** Variance of the Laplacian, border mirrored. */
function sharpness({ levels, width, height }: Picture): number {
  const { pixels, stride } = padGrey(levels[0]!, "reflect");
  let sum = 0;
  let squares = 0;
  for (let y = 1; y <= height; y++) {
    for (let at = y * stride + 1, end = at + width; at < end; at++) {
      const around = pixels[at - stride]! + pixels[at - 1]! + pixels[at + 1]! + pixels[at + stride]!;
      const detail = around - 4 * pixels[at]!;
      sum += detail;
      squares += detail * detail;
    }
  }
  const mean = sum / (width * height);
  return squares / (width * height) - mean * mean;
}

/** Sharpness agreement, 0 to 1: the smaller variance of the Laplacian over the larger; 1 when both pictures are flat. */
export function sharpnessSimilarity(a: Picture, b: Picture): number {
  const left = sharpness(a);
  const right = sharpness(b);
  const larger = Math.max(left, right);
  return larger === 0 ? 1 : Math.min(left, right) / larger;
}
