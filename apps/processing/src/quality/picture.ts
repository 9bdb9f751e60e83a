/**
 * What transparent pixels are compared as: white, what a page mostly shows behind a GIF. Blending happens in the metrics
 * only; decoded and encoded frames keep their alpha.
 */
export const METRIC_BACKGROUND = 255;

/** How a picture is made. */
export interface PictureOptions {
  /** How the pyramid's next level is made, for a caller that keeps levels; the default averages 2 x 2 pixels. */
  readonly halve?: HalveGrey;
  /** Memory of 3 x width x height bytes for the blended colours, for a caller that uses it again afterwards. */
  readonly rgb?: Uint8Array;
}

/** A frame as the metrics see it: opaque colour, its grey, and smaller versions, each worked out once and kept. */
export class Picture {
  readonly width: number;
  readonly height: number;
  /** R, G, B per pixel, row by row, blended onto white. */
  readonly rgb: Uint8Array;
  #grey: Uint8Array | undefined;
  #levels: readonly GreyLevel[] | undefined;
  readonly #halve: HalveGrey;

  /**
   * @param rgba four bytes a pixel, row by row
   * @throws RangeError when the length is not 4 x width x height
   */
  constructor(rgba: Uint8ClampedArray | Uint8Array, width: number, height: number, options: PictureOptions = {}) {
    if (rgba.length !== 4 * width * height || rgba.length === 0) {
      throw new RangeError(
        `a picture of ${width} x ${height} has ${4 * width * height} bytes of RGBA, got ${rgba.length}`,
      );
    }
    this.width = width;
    this.height = height;
    this.rgb = options.rgb ?? new Uint8Array(3 * width * height);
    this.#halve = options.halve ?? halveGrey;
    blend(rgba, this.rgb);
  }

  /** Luma 0.299 R + 0.587 G + 0.114 B, rounded half to even. */
  get grey(): Uint8Array {
    this.#grey ??= greyOf(this.rgb);
    return this.#grey;
  }

  /** The picture's grey and its halvings: up to five levels, none with a side below 8 except the first. */
  get levels(): readonly GreyLevel[] {
    if (this.#levels === undefined) {
      const levels: GreyLevel[] = [{ pixels: this.grey, width: this.width, height: this.height }];
      for (let more = halvings(this); more > 0; more--) levels.push(this.#halve(levels.at(-1)!));
      this.#levels = levels;
    }
    return this.#levels;
  }
}

const MAX_LEVELS = 5;
const MIN_LEVEL_SIDE = 8;

/** How many levels a picture's pyramid has below the picture itself: 0 to 4. */
export function halvings({ width, height }: { readonly width: number; readonly height: number }): number {
  let count = 0;
  while (count + 1 < MAX_LEVELS && Math.min(width, height) >> (count + 1) >= MIN_LEVEL_SIDE) count++;
  return count;
}

/** One grey image of a pyramid. */
export interface GreyLevel {
  readonly pixels: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** Makes the level of half width and height (rounded down) from a level. */
export type HalveGrey = (level: GreyLevel) => GreyLevel;

function blend(rgba: Uint8ClampedArray | Uint8Array, rgb: Uint8Array): void {
  for (let from = 0, to = 0; from < rgba.length; from += 4, to += 3) {
    const alpha = rgba[from + 3]!;
    if (alpha === 255) {
      rgb[to] = rgba[from]!;
      rgb[to + 1] = rgba[from + 1]!;
      rgb[to + 2] = rgba[from + 2]!;
    } else {
      const behind = METRIC_BACKGROUND * (255 - alpha);
      for (let channel = 0; channel < 3; channel++) {
        rgb[to + channel] = Math.round((rgba[from + channel]! * alpha + behind) / 255);
      }
    }
  }
}

function greyOf(rgb: Uint8Array): Uint8Array {
  const grey = new Uint8Array(rgb.length / 3);
  for (let at = 0, from = 0; at < grey.length; at++, from += 3) {
    // Thousandths, so that a half is exactly a half.
    const thousandths = 299 * rgb[from]! + 587 * rgb[from + 1]! + 114 * rgb[from + 2]! + 500;
    // Times 0.001 is faster than divided by 1000, and the same for all whole numbers of this size.
    const rounded = (thousandths * 0.001) | 0;
    // 1 where a half was rounded up: then back to the even neighbour. As a number, because a branch costs more.
    const wasHalf = (thousandths - 1000 * rounded - 1) >>> 31;
    grey[at] = rounded - (rounded & wasHalf);
  }
  return grey;
}

/** Averages 2 x 2 pixels, rounded half up; an odd last row or column is left out. */
export function halveGrey({ pixels, width, height }: GreyLevel): GreyLevel {
  const halfWidth = width >> 1;
  const halfHeight = height >> 1;
  const half = new Uint8Array(halfWidth * halfHeight);
  for (let y = 0, to = 0; y < halfHeight; y++) {
    for (let x = 0, from = 2 * y * width; x < halfWidth; x++, from += 2, to++) {
      const sum = pixels[from]! + pixels[from + 1]! + pixels[from + width]! + pixels[from + width + 1]!;
      half[to] = (sum + 2) >> 2;
    }
  }
  return { pixels: half, width: halfWidth, height: halfHeight };
}
