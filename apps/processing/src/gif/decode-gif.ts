import { decodeImages, type IndexedImage } from "./decode-images.ts";
import type { DecodedGif } from "./decoded-gif.ts";
import { GifError } from "./gif-error.ts";
import { checkGifSize, frameCap, type GifLimits, resolveGifLimits, UNPACKED_PER_MAX_PIXELS } from "./gif-limits.ts";
import { readGifFile } from "./read-gif-file.ts";
import { renderImages } from "./render-images.ts";
import { type GifStructure, scanGif } from "./scan-gif.ts";
import { selectFrames } from "./select-frames.ts";
import { WarningList } from "./warning-list.ts";

/** A GIF before it is drawn: what a cache keeps, a quarter of the RGBA or less. `renderIndexed` makes it visible. */
export interface IndexedGif {
  readonly width: number;
  readonly height: number;
  /** Every image needed for the frames kept: all up to the last of them. */
  readonly images: readonly IndexedImage[];
  /** Positions in `images` that are frames kept, ascending. */
  readonly keep: readonly number[];
  readonly frameCount: number;
  readonly loopCount: number;
  readonly warnings: readonly string[];
}

interface Plan {
  readonly structure: GifStructure;
  readonly screen: { readonly width: number; readonly height: number };
  readonly keep: readonly number[];
  readonly warnings: WarningList;
  readonly images: (unpackedPerMaxPixels: number) => Generator<IndexedImage, void, undefined>;
}

/** A screen without area takes the extent of the first image, as browsers do. */
function screenOf(structure: GifStructure): { width: number; height: number } {
  const { width, height, images } = structure;
  const first = images[0];
  if (width * height > 0 || first === undefined || first.width * first.height === 0) return { width, height };
  return { width: width || first.left + first.width, height: height || first.top + first.height };
}

function plan(bytes: Uint8Array, options: GifLimits): Plan {
  const limits = resolveGifLimits(options);
  const structure = scanGif(bytes);
  const warnings = new WarningList(structure.warnings);
  const screen = screenOf(structure);
  if (screen.width !== structure.width || screen.height !== structure.height) {
    warnings.add(`the screen is ${structure.width} x ${structure.height}: taken as ${screen.width} x ${screen.height}`);
  }
  const total = structure.images.length;
  const wanted = Math.min(total, frameCap(screen.width, screen.height, limits.maxFrames));
  checkGifSize(structure, screen, wanted, limits);
  const keep = selectFrames(total, wanted);
  const count = keep.at(-1)! + 1;
  return {
    structure,
    screen,
    keep,
    warnings,
    images: (times) =>
      decodeImages(bytes, structure, { count, unpackedLimit: times * limits.maxPixels, limits }, warnings),
  };
}

/**
 * Decodes a GIF in memory; `decodeGif` without reading a file. Synchronous: about 1 to 5 ns per pixel and frame.
 *
 * @throws GifError as `decodeGif`, except `UNREADABLE`
 */
export function decodeGifBytes(bytes: Uint8Array, options: GifLimits = {}): DecodedGif {
  const { structure, screen, keep, warnings, images } = plan(bytes, options);
  const frames = renderImages(images(UNPACKED_PER_MAX_PIXELS), screen, keep);
  return {
    ...screen,
    frames,
    frameCount: structure.images.length,
    loopCount: structure.loopCount,
    warnings: warnings.list(),
  };
}

/**
 * Unpacks a GIF without drawing it. Takes `maxPixels` bytes at most, as each pixel of each image is one byte.
 *
 * @throws GifError as `decodeGifBytes`
 */
export function decodeIndexed(bytes: Uint8Array, options: GifLimits = {}): IndexedGif {
  const { structure, screen, keep, warnings, images } = plan(bytes, options);
  const copies = Array.from(images(1), (image) => ({ ...image, indices: image.indices.slice(0, image.written) }));
  return {
    ...screen,
    images: copies,
    keep,
    frameCount: structure.images.length,
    loopCount: structure.loopCount,
    warnings: warnings.list(),
  };
}

/** The frames of an unpacked GIF: `renderIndexed(decodeIndexed(b))` equals `decodeGifBytes(b)`. */
export function renderIndexed(gif: IndexedGif): DecodedGif {
  const { width, height, frameCount, loopCount, warnings } = gif;
  return { width, height, frames: renderImages(gif.images, gif, gif.keep), frameCount, loopCount, warnings };
}

/**
 * Decodes a GIF from a path or from bytes into full RGBA frames.
 *
 * Damaged files give what can be had, with `warnings`. Every size is checked before it is allocated. With `maxFrames`
 * below the file's count, the frames kept are spread evenly, first and last included.
 *
 * @throws GifError `NOT_A_GIF`, `CORRUPT`, `EMPTY`, `TOO_LARGE` (the message names the option to raise), `UNREADABLE`;
 * for a path the message begins "Failed to extract frames from <path>:"
 * @throws RangeError for a limit below 1
 */
export async function decodeGif(source: string | Uint8Array, options: GifLimits = {}): Promise<DecodedGif> {
  if (typeof source !== "string") return decodeGifBytes(source, options);
  try {
    const bytes = await readGifFile(source, resolveGifLimits(options).maxFileBytes);
    return decodeGifBytes(bytes, options);
  } catch (error) {
    if (!(error instanceof GifError)) throw error;
    throw new GifError(error.code, `Failed to extract frames from ${source}: ${error.message}`, { cause: error });
  }
}
