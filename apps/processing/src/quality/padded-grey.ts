import type { GreyLevel } from "./picture.ts";

/**
 * What pixels beyond the border are: the picture mirrored without repeating its edge, the edge repeated, or black.
 * One pixel wide, there is nothing to mirror and the edge is repeated.
 */
export type Border = "reflect" | "replicate" | "black";

/** A grey image with one more pixel on every side, so that 3 x 3 filters need not look where they are. */
export interface PaddedGrey {
  readonly pixels: Uint8Array;
  /** From one row to the next: the image's width + 2. */
  readonly stride: number;
}

export function padGrey({ pixels, width, height }: GreyLevel, border: Border): PaddedGrey {
  const stride = width + 2;
  const padded = new Uint8Array(stride * (height + 2));
  for (let y = 0; y < height; y++) padded.set(pixels.subarray(y * width, (y + 1) * width), (y + 1) * stride + 1);
  if (border === "black") return { pixels: padded, stride };
  const inset = (size: number): number => (border === "reflect" && size > 1 ? 2 : 1);
  const columns = inset(width);
  for (let row = stride; row < stride * (height + 1); row += stride) {
    padded[row] = padded[row + columns]!;
    padded[row + stride - 1] = padded[row + stride - 1 - columns]!;
  }
  const rows = inset(height);
  padded.copyWithin(0, rows * stride, (rows + 1) * stride);
  padded.copyWithin((height + 1) * stride, (height + 1 - rows) * stride, (height + 2 - rows) * stride);
  return { pixels: padded, stride };
}
