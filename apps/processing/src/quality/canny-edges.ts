import { convolve, SOBEL_X, SOBEL_Y } from "./convolve.ts";
import type { GreyLevel } from "./picture.ts";

/** tan(22.5 degrees) in 15-bit fixed point, as OpenCV has it. */
const TAN_22_5 = 13_573;
const WEAK = 1;
const STRONG = 2;

/**
 * Edge map by Canny's method as OpenCV computes it (Sobel 3 x 3, |gx| + |gy|, border repeated): 2 on edges, else 0 or 1.
 * Edges are local maxima above `high`, and those above `low` that touch an edge.
 */
export function cannyEdges(level: GreyLevel, low: number, high: number): Uint8Array {
  const { width, height } = level;
  const gradientX = convolve(level, SOBEL_X, "replicate");
  const gradientY = convolve(level, SOBEL_Y, "replicate");
  const strength = new Int32Array((width + 2) * (height + 2));
  const stride = width + 2;
  for (let y = 0, from = 0; y < height; y++) {
    for (let x = 0, to = (y + 1) * stride + 1; x < width; x++, from++, to++) {
      strength[to] = Math.abs(gradientX[from]!) + Math.abs(gradientY[from]!);
    }
  }
  const marks = new Uint8Array(width * height);
  const open: number[] = [];
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0, center = (y + 1) * stride + 1; x < width; x++, at++, center++) {
      const value = strength[center]!;
      if (value <= low || !isLocalMaximum(strength, center, stride, gradientX[at]!, gradientY[at]!)) continue;
      marks[at] = value > high ? STRONG : WEAK;
      if (value > high) open.push(at);
    }
  }
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    const x = at % width;
    const y = (at - x) / width;
    for (let toY = Math.max(0, y - 1); toY <= Math.min(height - 1, y + 1); toY++) {
      for (let toX = Math.max(0, x - 1); toX <= Math.min(width - 1, x + 1); toX++) {
        const to = toY * width + toX;
        if (marks[to] !== WEAK) continue;
        marks[to] = STRONG;
        open.push(to);
      }
    }
  }
  return marks;
}

/** Whether the gradient is strongest here along its own direction (of four); ties go to the later pixel. */
function isLocalMaximum(strength: Int32Array, at: number, stride: number, gx: number, gy: number): boolean {
  const value = strength[at]!;
  const x = Math.abs(gx);
  const y = Math.abs(gy) * 2 ** 15;
  const shallow = x * TAN_22_5;
  if (y < shallow) return value > strength[at - 1]! && value >= strength[at + 1]!;
  // tan(67.5 degrees) = tan(22.5 degrees) + 2
  if (y > shallow + x * 2 ** 16) return value > strength[at - stride]! && value >= strength[at + stride]!;
  const side = gx < 0 !== gy < 0 ? -1 : 1;
  return value > strength[at - stride - side]! && value > strength[at + stride + side]!;
}

export function isEdge(mark: number): boolean {
  return mark === STRONG;
}
