import { padGrey } from "./padded-grey.ts";
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
  const { pixels, stride } = padGrey(level, "replicate");
  const strength = gradientStrength(pixels, stride, height);
  const marks = new Uint8Array(width * height);
  const open: number[] = [];
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0, center = (y + 1) * stride + 1; x < width; x++, at++, center++) {
      const value = strength[center]!;
      if (value <= low || !isLocalMaximum(pixels, strength, center, stride)) continue;
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

/** |gx| + |gy| of each pixel, at most 2040; 0 on the border around the image. */
function gradientStrength(pixels: Uint8Array, stride: number, height: number): Int16Array {
  const strength = new Int16Array(pixels.length);
  for (let y = 1; y <= height; y++) {
    let at = y * stride;
    let up = pixels[at - stride]!;
    let down = pixels[at + stride]!;
    let weighed0 = up + 2 * pixels[at]! + down;
    let drop0 = down - up;
    at++;
    up = pixels[at - stride]!;
    down = pixels[at + stride]!;
    let weighed1 = up + 2 * pixels[at]! + down;
    let drop1 = down - up;
    for (const end = (y + 1) * stride - 1; at < end; at++) {
      up = pixels[at + 1 - stride]!;
      down = pixels[at + 1 + stride]!;
      const weighed2 = up + 2 * pixels[at + 1]! + down;
      const drop2 = down - up;
      strength[at] = Math.abs(weighed2 - weighed0) + Math.abs(drop0 + 2 * drop1 + drop2);
      weighed0 = weighed1;
      weighed1 = weighed2;
      drop0 = drop1;
      drop1 = drop2;
    }
  }
  return strength;
}

/** Whether the gradient is strongest here along its own direction (of four); ties go to the later pixel. */
function isLocalMaximum(pixels: Uint8Array, strength: Int16Array, at: number, stride: number): boolean {
  const value = strength[at]!;
  const topLeft = pixels[at - stride - 1]!;
  const topRight = pixels[at - stride + 1]!;
  const bottomLeft = pixels[at + stride - 1]!;
  const bottomRight = pixels[at + stride + 1]!;
  const gx = topRight + 2 * pixels[at + 1]! + bottomRight - topLeft - 2 * pixels[at - 1]! - bottomLeft;
  const gy = bottomLeft + 2 * pixels[at + stride]! + bottomRight - topLeft - 2 * pixels[at - stride]! - topRight;
  const x = Math.abs(gx);
  const y = Math.abs(gy) << 15;
  const shallow = x * TAN_22_5;
  if (y < shallow) return value > strength[at - 1]! && value >= strength[at + 1]!;
  // tan(67.5 degrees) = tan(22.5 degrees) + 2
  if (y > shallow + (x << 16)) return value > strength[at - stride]! && value >= strength[at + stride]!;
  const side = gx < 0 !== gy < 0 ? -1 : 1;
  return value > strength[at - stride - side]! && value > strength[at + stride + side]!;
}

export function isEdge(mark: number): boolean {
  return mark === STRONG;
}
