import { METRIC_BACKGROUND } from "../quality/picture.ts";
import type { PictureSize } from "../quality/resize-area.ts";

/** Pixels read of a frame, about: in larger ones rows are left out. */
const PIXELS_READ = 16_384;

/** Mean greys of the parts of a frame, row by row, 0 to 255. */
export type Thumbnail = Float32Array;

/**
 * A frame in small, to tell frames apart: about 0.03 ms whatever the frame's size. Something of a few pixels on rows that
 * are left out is not seen.
 *
 * @param parts how many parts it is cut into, no more than it has pixels
 */
export function thumbnailOf(
  rgba: Uint8ClampedArray | Uint8Array,
  { width, height }: PictureSize,
  parts: PictureSize,
): Thumbnail {
  const across = parts.width;
  const down = parts.height;
  // Never so many that a part is not seen at all.
  const rowStep = Math.max(1, Math.min(Math.floor((width * height) / PIXELS_READ), Math.floor(height / down)));
  const sums = new Float32Array(across * down);
  const counts = new Uint32Array(across * down);
  for (let y = 0; y < height; y += rowStep) {
    const line = Math.floor((y * down) / height) * across;
    for (let column = 0; column < across; column++) {
      const from = Math.ceil((column * width) / across);
      const to = Math.ceil(((column + 1) * width) / across);
      let sum = 0;
      for (let at = 4 * (y * width + from), end = 4 * (y * width + to); at < end; at += 4) {
        const alpha = rgba[at + 3]!;
        const grey = 299 * rgba[at]! + 587 * rgba[at + 1]! + 114 * rgba[at + 2]!;
        sum += alpha === 255 ? grey : (grey * alpha + 1000 * METRIC_BACKGROUND * (255 - alpha)) / 255;
      }
      sums[line + column]! += sum / 1000;
      counts[line + column]! += to - from;
    }
  }
  return sums.map((sum, at) => sum / counts[at]!);
}

/** Mean squared difference of two thumbnails of the same parts, 0 to 65025. */
export function thumbnailDistance(a: Thumbnail, b: Thumbnail): number {
  let sum = 0;
  for (let at = 0; at < a.length; at++) {
    const difference = a[at]! - b[at]!;
    sum += difference * difference;
  }
  return sum / a.length;
}
