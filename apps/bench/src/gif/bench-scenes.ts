import type { GifFrame } from "@giflab/processing";
import type { SizeClass } from "./bench-set.ts";

type Rgb = readonly [number, number, number];

/** A synthetic animation. */
export interface BenchScene {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  readonly frames: number;
  readonly sizeClass: SizeClass;
  readonly paint: (x: number, y: number, t: number) => Rgb;
}

/** 0 to 1, the same for the same whole numbers. */
function lattice(x: number, y: number, seed: number): number {
  let mixed = Math.imul(x, 0x27d4eb2d) ^ Math.imul(y, 0x165667b1) ^ Math.imul(seed, 0x9e3779b1);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return ((mixed ^ (mixed >>> 16)) >>> 0) / 4_294_967_296;
}

/** Smooth noise, 0 to 1: what a photograph looks like from afar. */
function cloud(x: number, y: number, seed: number): number {
  let sum = 0;
  let weight = 0;
  for (let size = 128, share = 1; size >= 4; size /= 2, share *= 0.6) {
    const column = Math.floor(x / size);
    const row = Math.floor(y / size);
    const across = x / size - column;
    const down = y / size - row;
    const top = lattice(column, row, seed) * (1 - across) + lattice(column + 1, row, seed) * across;
    const bottom = lattice(column, row + 1, seed) * (1 - across) + lattice(column + 1, row + 1, seed) * across;
    sum += share * (top * (1 - down) + bottom * down);
    weight += share;
  }
  return sum / weight;
}

/** A photograph that pans, with the grain of a camera. */
function photo(x: number, y: number, t: number): Rgb {
  const light = cloud(x + 3 * t, y + t, 1);
  const warmth = cloud(x + 3 * t, y + t, 2);
  const grain = 14 * (lattice(x, y, 1000 + t) - 0.5);
  const value = 255 * light + grain;
  return [clip(value * (0.7 + 0.5 * warmth)), clip(value * 0.9), clip(value * (1.2 - 0.6 * warmth))];
}

/** Drawn shapes on one colour, most of the picture at rest. */
function flat(x: number, y: number, t: number): Rgb {
  if ((x - 60 - 6 * t) ** 2 + (y - 120) ** 2 < 40 ** 2) return [235, 180, 40];
  if (Math.abs(x - 320) < 50 && Math.abs(y - 60 - 3 * t) < 20) return [40, 140, 90];
  return y > 220 ? [60, 70, 90] : [240, 240, 235];
}

/** Cuts between four pictures, movement in each. */
function cuts(x: number, y: number, t: number): Rgb {
  const scene = Math.floor(t / 15) % 4;
  const light = cloud(x + 2 * t, y, 10 + scene);
  return [clip(255 * light), clip(90 + 40 * scene), clip(255 * (1 - light))];
}

function clip(value: number): number {
  return value < 0 ? 0 : value > 255 ? 255 : value | 0;
}

/** What a screen recording looks like: text that scrolls in steps, a cursor that blinks. */
function screen(x: number, y: number, t: number): Rgb {
  const row = Math.floor((y + 12 * Math.floor(t / 4)) / 12);
  const inLine = (y + 12 * Math.floor(t / 4)) % 12;
  const column = Math.floor(x / 7);
  const written = lattice(column, row, 5) > 0.3 && column < 20 + 60 * lattice(1, row, 6);
  const stroke = inLine > 2 && inLine < 10 && x % 7 < 5 && lattice(x, row * 12 + inLine, 7) > 0.45;
  if (x > 200 && x < 207 && y > 300 && y < 310 && t % 2 === 0) return [255, 255, 255];
  return written && stroke ? [200, 210, 220] : [30, 32, 40];
}

/** A film in a window on a page: most large GIFs. */
function mixed(x: number, y: number, t: number): Rgb {
  if (x >= 250 && x < 550 && y >= 180 && y < 420) return photo(x, y, t);
  return y < 60 ? [40, 80, 140] : flat(x, y, t);
}

/** From a sprite of a kilobyte to a hundred megapixels. */
export const SCENES: readonly BenchScene[] = [
  { name: "small-flat", width: 100, height: 100, frames: 10, sizeClass: "small", paint: flat },
  { name: "small-photo", width: 100, height: 100, frames: 10, sizeClass: "small", paint: photo },
  { name: "small-cuts", width: 120, height: 90, frames: 60, sizeClass: "small", paint: cuts },
  { name: "medium-flat", width: 480, height: 270, frames: 50, sizeClass: "medium", paint: flat },
  { name: "medium-photo", width: 480, height: 270, frames: 50, sizeClass: "medium", paint: photo },
  { name: "medium-screen", width: 640, height: 400, frames: 60, sizeClass: "medium", paint: screen },
  { name: "medium-cuts", width: 320, height: 240, frames: 120, sizeClass: "medium", paint: cuts },
  { name: "large-photo", width: 640, height: 480, frames: 100, sizeClass: "large", paint: photo },
  { name: "large-mixed", width: 800, height: 600, frames: 200, sizeClass: "large", paint: mixed },
];

export function paintScene({ width, height, paint }: BenchScene, t: number): GifFrame {
  const rgba = new Uint8ClampedArray(4 * width * height);
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at += 4) {
      const [red, green, blue] = paint(x, y, t);
      rgba[at] = red;
      rgba[at + 1] = green;
      rgba[at + 2] = blue;
      rgba[at + 3] = 255;
    }
  }
  return { rgba, delaySeconds: 0.05 };
}
