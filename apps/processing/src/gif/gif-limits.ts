import { GifError } from "./gif-error.ts";
import type { GifStructure } from "./scan-gif.ts";

/** What a decode may cost at most. All are checked before anything of that size is allocated. */
export interface GifLimits {
  /** Frames to keep, spread evenly over the file. Default: 500, or fewer so that all pixels fit in 500 MB. */
  readonly maxFrames?: number;
  /** Width x height x frames kept. Default 256 million (1 GB of RGBA). */
  readonly maxPixels?: number;
  /** Width x height of the screen, and of any one image. Default 64 million. */
  readonly maxCanvasPixels?: number;
  /** Size of the file. Default 512 MB. */
  readonly maxFileBytes?: number;
}

export const DEFAULT_MAX_FRAMES = 500;
export const DEFAULT_MAX_PIXELS = 256_000_000;
export const DEFAULT_MAX_CANVAS_PIXELS = 64_000_000;
export const DEFAULT_MAX_FILE_BYTES = 512 * 2 ** 20;
const DEFAULT_FRAME_BYTES = 500 * 2 ** 20;
/** Packed data can unfold to thousands of pixels a byte: unfolding stops at this many times `maxPixels`. */
export const UNPACKED_PER_MAX_PIXELS = 8;

/** The limits of one decode, filled in; `unpackedPixels` bounds the work of all images together. */
export interface ResolvedGifLimits {
  readonly maxFrames: number | undefined;
  readonly maxPixels: number;
  readonly maxCanvasPixels: number;
  readonly maxFileBytes: number;
}

function positive(name: keyof GifLimits, value: number | undefined, fallback: number): number {
  if (value === undefined) return fallback;
  if (!(value >= 1)) throw new RangeError(`${name} must be at least 1, got ${value}`);
  return Math.floor(value);
}

/** @throws RangeError for a limit below 1 or not a number */
export function resolveGifLimits(limits: GifLimits = {}): ResolvedGifLimits {
  return {
    maxFrames: limits.maxFrames === undefined ? undefined : positive("maxFrames", limits.maxFrames, 1),
    maxPixels: positive("maxPixels", limits.maxPixels, DEFAULT_MAX_PIXELS),
    maxCanvasPixels: positive("maxCanvasPixels", limits.maxCanvasPixels, DEFAULT_MAX_CANVAS_PIXELS),
    maxFileBytes: positive("maxFileBytes", limits.maxFileBytes, DEFAULT_MAX_FILE_BYTES),
  };
}

/**
 * How many frames of a `width` x `height` animation are kept: `maxFrames` when given; else at most 500, and no more than
 * fit in 500 MB of RGBA (but at least one).
 */
export function frameCap(width: number, height: number, maxFrames: number | undefined): number {
  if (maxFrames !== undefined) return maxFrames;
  const fitting = Math.max(1, Math.floor(DEFAULT_FRAME_BYTES / (4 * width * height)));
  return Math.min(DEFAULT_MAX_FRAMES, fitting);
}

interface Size {
  readonly width: number;
  readonly height: number;
}

/** @throws GifError `EMPTY` without images or area, `TOO_LARGE` beyond `maxCanvasPixels` or `maxPixels` */
export function checkGifSize(
  structure: GifStructure,
  screen: Size,
  framesKept: number,
  limits: ResolvedGifLimits,
): void {
  checkScreenSize(screen, limits);
  checkAnyImage(structure.images.length, structure.warnings);
  checkScreenArea(screen);
  for (const image of structure.images) checkImageSize(image, limits);
  checkKeptPixels(screen, framesKept, limits);
}

/** @throws GifError `TOO_LARGE` for a screen beyond `maxCanvasPixels` */
export function checkScreenSize({ width, height }: Size, limits: ResolvedGifLimits): void {
  if (width * height <= limits.maxCanvasPixels) return;
  throw tooLarge(`${width} x ${height}`, width * height, "maxCanvasPixels", limits.maxCanvasPixels);
}

/** @throws GifError `EMPTY`, or `CORRUPT` when there is a reason, for a file without an image */
export function checkAnyImage(images: number, warnings: readonly string[]): void {
  if (images > 0) return;
  if (warnings.length > 0) throw new GifError("CORRUPT", `corrupt: ${warnings[0]}, before any image`);
  throw new GifError("EMPTY", "empty: there is no image in it");
}

/** @throws GifError `EMPTY` for a screen without area */
export function checkScreenArea({ width, height }: Size): void {
  if (width * height === 0) throw new GifError("EMPTY", `empty: the screen is ${width} x ${height}, no pixels`);
}

/** @throws GifError `TOO_LARGE` for an image beyond `maxCanvasPixels` */
export function checkImageSize({ width, height }: Size, limits: ResolvedGifLimits): void {
  if (width * height <= limits.maxCanvasPixels) return;
  throw tooLarge(`an image of ${width} x ${height}`, width * height, "maxCanvasPixels", limits.maxCanvasPixels);
}

/** @throws GifError `TOO_LARGE` for more pixels than `maxPixels` in all frames that are held at a time */
export function checkKeptPixels({ width, height }: Size, framesKept: number, limits: ResolvedGifLimits): void {
  const kept = width * height * framesKept;
  if (kept <= limits.maxPixels) return;
  throw tooLarge(`${framesKept} frames of ${width} x ${height}`, kept, "maxPixels", limits.maxPixels);
}

function tooLarge(what: string, pixels: number, option: keyof GifLimits, limit: number): GifError {
  return new GifError(
    "TOO_LARGE",
    `too large: ${what} are ${pixels.toLocaleString("en")} pixels, more than ${option} (${limit.toLocaleString("en")}); raise ${option} to decode it`,
  );
}
