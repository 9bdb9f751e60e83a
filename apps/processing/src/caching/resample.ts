import type { BufferPool } from "./buffer-pool.ts";
import type { RgbaImage } from "./rgba-image.ts";

/** Interpolations by their number of source pixels per side and their weight at a distance, as OpenCV defines them. */
export type Kernel = "NEAREST" | "LINEAR" | "CUBIC" | "LANCZOS4";

const CUBIC_A = -0.75;

interface KernelShape {
  readonly taps: number;
  readonly weight: (distance: number) => number;
}

const SHAPES: Readonly<Record<Exclude<Kernel, "NEAREST">, KernelShape>> = {
  LINEAR: { taps: 2, weight: (distance) => Math.max(0, 1 - Math.abs(distance)) },
  CUBIC: { taps: 4, weight: cubic },
  LANCZOS4: { taps: 8, weight: (distance) => (Math.abs(distance) < 4 ? sinc(distance) * sinc(distance / 4) : 0) },
};

function cubic(distance: number): number {
  const x = Math.abs(distance);
  if (x <= 1) return ((CUBIC_A + 2) * x - (CUBIC_A + 3)) * x * x + 1;
  return x < 2 ? ((CUBIC_A * x - 5 * CUBIC_A) * x + 8 * CUBIC_A) * x - 4 * CUBIC_A : 0;
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

/** For each target position, source positions (repeated at the edge) and weights that total 1. */
function taps(from: number, to: number, { taps: count, weight }: KernelShape): { at: Int32Array; share: Float64Array } {
  const at = new Int32Array(to * count);
  const share = new Float64Array(to * count);
  for (let target = 0; target < to; target++) {
    const center = ((target + 0.5) * from) / to - 0.5;
    const first = Math.floor(center) - count / 2 + 1;
    let total = 0;
    for (let tap = 0; tap < count; tap++) {
      const slot = target * count + tap;
      at[slot] = Math.min(from - 1, Math.max(0, first + tap));
      share[slot] = weight(center - (first + tap));
      total += share[slot]!;
    }
    for (let tap = 0; tap < count; tap++) share[target * count + tap]! /= total;
  }
  return { at, share };
}

/**
 * Writes `image` at another size into `target` (4 bytes per pixel). Interpolates between pixels without averaging: when
 * making things much smaller, area averaging is what looks right. Borrows one row-resized copy from the pool.
 */
export function resample(
  image: RgbaImage,
  size: { readonly width: number; readonly height: number },
  options: { readonly kernel: Kernel; readonly target: Uint8ClampedArray; readonly pool: BufferPool },
): void {
  if (options.kernel === "NEAREST") nearest(image, size, options.target);
  else convolve(image, size, { shape: SHAPES[options.kernel], target: options.target, pool: options.pool });
}

function nearest(
  image: RgbaImage,
  size: { readonly width: number; readonly height: number },
  target: Uint8ClampedArray,
): void {
  for (let y = 0, to = 0; y < size.height; y++) {
    const row = Math.floor((y * image.height) / size.height) * image.width;
    for (let x = 0; x < size.width; x++, to += 4) {
      const from = 4 * (row + Math.floor((x * image.width) / size.width));
      for (let channel = 0; channel < 4; channel++) target[to + channel] = image.rgba[from + channel]!;
    }
  }
}

function convolve(
  image: RgbaImage,
  size: { readonly width: number; readonly height: number },
  options: { readonly shape: KernelShape; readonly target: Uint8ClampedArray; readonly pool: BufferPool },
): void {
  const { shape, target, pool } = options;
  const count = shape.taps;
  const columns = taps(image.width, size.width, shape);
  const rows = taps(image.height, size.height, shape);
  const stride = 4 * size.width;
  const buffer = pool.acquire(4 * stride * image.height);
  const wide = new Float32Array(buffer);
  for (let y = 0, to = 0; y < image.height; y++) {
    const row = 4 * y * image.width;
    for (let x = 0; x < size.width; x++) {
      for (let channel = 0; channel < 4; channel++, to++) {
        let sum = 0;
        for (let slot = x * count; slot < (x + 1) * count; slot++) {
          sum += columns.share[slot]! * image.rgba[row + 4 * columns.at[slot]! + channel]!;
        }
        wide[to] = sum;
      }
    }
  }
  for (let y = 0, to = 0; y < size.height; y++) {
    for (let column = 0; column < stride; column++, to++) {
      let sum = 0;
      for (let slot = y * count; slot < (y + 1) * count; slot++) {
        sum += rows.share[slot]! * wide[rows.at[slot]! * stride + column]!;
      }
      target[to] = sum;
    }
  }
  pool.release(buffer);
}
