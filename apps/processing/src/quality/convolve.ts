import type { GreyLevel } from "./picture.ts";

/** How pixels beyond the border are taken: mirrored without repeating the edge, or the edge repeated. */
export type Border = "reflect" | "replicate";

/** Position in a line of `size` for a position that may be one step outside of it. */
export function borderIndex(at: number, size: number, border: Border): number {
  if (at >= 0 && at < size) return at;
  if (border === "replicate" || size === 1) return at < 0 ? 0 : size - 1;
  return at < 0 ? -at : 2 * size - 2 - at;
}

/** Coefficients of a 3 x 3 filter, row by row. */
export type Kernel = readonly [number, number, number, number, number, number, number, number, number];

export const PREWITT_X: Kernel = [1, 0, -1, 1, 0, -1, 1, 0, -1];
export const PREWITT_Y: Kernel = [1, 1, 1, 0, 0, 0, -1, -1, -1];
export const SOBEL_X: Kernel = [-1, 0, 1, -2, 0, 2, -1, 0, 1];
export const SOBEL_Y: Kernel = [-1, -2, -1, 0, 0, 0, 1, 2, 1];
export const LAPLACIAN: Kernel = [0, 1, 0, 1, -4, 1, 0, 1, 0];

/** Correlates an image with a 3 x 3 kernel; integers in, integers out. */
export function convolve({ pixels, width, height }: GreyLevel, kernel: Kernel, border: Border = "reflect"): Int32Array {
  const [k0, k1, k2, k3, k4, k5, k6, k7, k8] = kernel;
  const result = new Int32Array(width * height);
  const before = Int32Array.from({ length: width }, (_, x) => borderIndex(x - 1, width, border));
  const after = Int32Array.from({ length: width }, (_, x) => borderIndex(x + 1, width, border));
  for (let y = 0, to = 0; y < height; y++) {
    const up = borderIndex(y - 1, height, border) * width;
    const row = y * width;
    const down = borderIndex(y + 1, height, border) * width;
    for (let x = 0; x < width; x++, to++) {
      const left = before[x]!;
      const right = after[x]!;
      result[to] =
        k0 * pixels[up + left]! +
        k1 * pixels[up + x]! +
        k2 * pixels[up + right]! +
        k3 * pixels[row + left]! +
        k4 * pixels[row + x]! +
        k5 * pixels[row + right]! +
        k6 * pixels[down + left]! +
        k7 * pixels[down + x]! +
        k8 * pixels[down + right]!;
    }
  }
  return result;
}

/** Length of the gradient at each pixel, from two kernels' answers, divided by `scale`. */
export function gradientMagnitude(level: GreyLevel, x: Kernel, y: Kernel, scale = 1): Float64Array {
  const horizontal = convolve(level, x);
  const vertical = convolve(level, y);
  const magnitude = new Float64Array(horizontal.length);
  for (let at = 0; at < magnitude.length; at++) {
    const across = horizontal[at]!;
    const down = vertical[at]!;
    magnitude[at] = Math.sqrt(across * across + down * down) / scale;
  }
  return magnitude;
}
