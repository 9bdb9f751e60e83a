import type { GifFrame } from "./decoded-gif.ts";
import { gifenc } from "./gifenc.ts";
import { rgbaWords } from "./rgba-words.ts";

/** An opaque colour: red, green, blue, each 0 to 255. */
export type Rgb = readonly [number, number, number];

const OPAQUE_FROM = 128;
const SAMPLED_PIXELS = 1 << 18;
const CACHE_SLOTS = 1 << 16;
/** The quantiser's time grows with the square of the 5-6-5 bit colours in use (15 s at 20,000): beyond this, 4-4-4 bits. */
const MOST_FINE_COLORS = 2_000;

/** Whether any pixel of the frames is transparent (alpha below 128). */
export function hasTransparency(frames: readonly GifFrame[]): boolean {
  return frames.some(({ rgba }) => {
    for (let at = 3; at < rgba.length; at += 4) if (rgba[at]! < OPAQUE_FROM) return true;
    return false;
  });
}

/** The distinct opaque colours in order of appearance, or undefined when there are more than `limit`. */
export function distinctColors(frames: readonly GifFrame[], limit: number): Rgb[] | undefined {
  const seen = new Set<number>();
  const colors: Rgb[] = [];
  for (const { rgba } of frames) {
    const words = rgbaWords(rgba);
    let previous = -1;
    for (let at = 0; at < words.length; at++) {
      const word = words[at]!;
      if (word === previous) continue;
      previous = word;
      if (seen.has(word) || rgba[4 * at + 3]! < OPAQUE_FROM) continue;
      if (seen.size === limit) return undefined;
      seen.add(word);
      colors.push([rgba[4 * at]!, rgba[4 * at + 1]!, rgba[4 * at + 2]!]);
    }
  }
  return colors;
}

/** An even sample of the frames' opaque pixels, so that the palette of a long animation costs no more than of a short one. */
function samplePixels(frames: readonly GifFrame[]): Uint8Array {
  const total = frames.reduce((sum, frame) => sum + frame.rgba.length / 4, 0);
  const step = Math.max(1, Math.floor(total / SAMPLED_PIXELS));
  const sample = new Uint8Array(4 * (Math.ceil(total / step) + frames.length));
  let size = 0;
  for (const { rgba } of frames) {
    for (let at = 0; at < rgba.length; at += 4 * step) {
      if (rgba[at + 3]! < OPAQUE_FROM) continue;
      sample.set(rgba.subarray(at, at + 4), size);
      size += 4;
    }
  }
  return sample.slice(0, size);
}

function fineColorCount(sample: Uint8Array): number {
  const seen = new Uint8Array(1 << 16);
  let count = 0;
  for (let at = 0; at < sample.length; at += 4) {
    const key = ((sample[at]! >> 3) << 11) | ((sample[at + 1]! >> 2) << 5) | (sample[at + 2]! >> 3);
    if (seen[key] === 0) count++;
    seen[key] = 1;
  }
  return count;
}

/**
 * At most `colors` colours for all frames together: exactly theirs when they have no more, else chosen by gifenc's
 * pairwise-nearest-neighbour quantiser from an even sample of the pixels. Deterministic.
 */
export function buildPalette(frames: readonly GifFrame[], colors: number): Rgb[] {
  const exact = distinctColors(frames, colors);
  if (exact !== undefined) return exact.length > 0 ? exact : [[0, 0, 0]];
  const sample = samplePixels(frames);
  const format = fineColorCount(sample) <= MOST_FINE_COLORS ? "rgb565" : "rgb444";
  const palette = gifenc.quantize(sample, colors, { format });
  return palette.map(([red = 0, green = 0, blue = 0]): Rgb => [red, green, blue]);
}

/** Finds the nearest palette colour (least squared distance in RGB, ties to the lower index) of many pixels. */
export class NearestColor {
  readonly #palette: readonly Rgb[];
  // Direct-mapped: a colour that falls on an occupied slot replaces it. Keys are 24-bit colours + 1; 0 is free.
  readonly #keys = new Uint32Array(CACHE_SLOTS);
  readonly #values = new Uint8Array(CACHE_SLOTS);

  constructor(palette: readonly Rgb[]) {
    this.#palette = palette;
  }

  index(red: number, green: number, blue: number): number {
    const key = ((red << 16) | (green << 8) | blue) + 1;
    const slot = (Math.imul(key, 0x9e3779b1) >>> 16) & (CACHE_SLOTS - 1);
    if (this.#keys[slot] === key) return this.#values[slot]!;
    let best = 0;
    let least = Number.POSITIVE_INFINITY;
    for (let at = 0; at < this.#palette.length; at++) {
      const color = this.#palette[at]!;
      const distance = (color[0] - red) ** 2 + (color[1] - green) ** 2 + (color[2] - blue) ** 2;
      if (distance < least) {
        least = distance;
        best = at;
      }
    }
    this.#keys[slot] = key;
    this.#values[slot] = best;
    return best;
  }

  /** Palette indices of a frame; transparent pixels become `transparentIndex`. */
  map(rgba: Uint8ClampedArray, transparentIndex: number): Uint8Array<ArrayBuffer> {
    const indices = new Uint8Array(rgba.length / 4);
    for (let at = 0, from = 0; at < indices.length; at++, from += 4) {
      const opaque = rgba[from + 3]! >= OPAQUE_FROM;
      indices[at] = opaque ? this.index(rgba[from]!, rgba[from + 1]!, rgba[from + 2]!) : transparentIndex;
    }
    return indices;
  }
}
