import { FRAME_METRICS, type FrameMetric } from "./frame-metrics.ts";
import { type GreyLevel, halveGrey, Picture } from "./picture.ts";
import { type PictureSize, resizeArea } from "./resize-area.ts";

/** A frame to compare, and what of its grey pyramid is known already. */
export interface ImageWithLevels extends PictureSize {
  /** Four bytes a pixel, row by row. */
  readonly rgba: Uint8ClampedArray | Uint8Array;
  /** Levels below the frame's own size, largest first. */
  readonly halvings?: readonly GreyLevel[];
}

function pictureOf({ rgba, width, height, halvings = [] }: ImageWithLevels, size: PictureSize): Picture {
  const sameSize = width === size.width && height === size.height;
  const pixels = sameSize ? rgba : resizeArea(rgba, { width, height }, size);
  // Levels were made of the frame at its own size.
  const known = sameSize ? halvings : [];
  return new Picture(pixels, size.width, size.height, {
    halve: (level) =>
      known.find((half) => half.width === level.width >> 1 && half.height === level.height >> 1) ?? halveGrey(level),
  });
}

/**
 * The metrics asked for, of two RGBA frames of any sizes: both are brought to the smaller width and the smaller height
 * first. Transparent pixels count as white.
 *
 * @throws RangeError when a frame's length is not 4 x width x height
 */
export function compareImages(
  a: ImageWithLevels,
  b: ImageWithLevels,
  metrics: readonly FrameMetric[],
): Partial<Record<FrameMetric, number>> {
  const size = { width: Math.min(a.width, b.width), height: Math.min(a.height, b.height) };
  const left = pictureOf(a, size);
  const right = pictureOf(b, size);
  return Object.fromEntries(metrics.map((name) => [name, FRAME_METRICS[name](left, right)]));
}
