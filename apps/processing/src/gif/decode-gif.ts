import { decodeImages, type IndexedImage, mostPixels } from "./decode-images.ts";
import type { DecodedGif } from "./decoded-gif.ts";
import { GifError } from "./gif-error.ts";
import { screenOf, screenWarning } from "./gif-header.ts";
import { checkGifSize, frameCap, type GifLimits, resolveGifLimits, UNPACKED_PER_MAX_PIXELS } from "./gif-limits.ts";
import type { IndexedGif } from "./indexed-gif.ts";
import { lazyGif } from "./lazy-gif.ts";
import { renderImages } from "./played-screen.ts";
import { readGifFile } from "./read-gif-file.ts";
import { type GifStructure, scanGif } from "./scan-gif.ts";
import { selectFrames } from "./select-frames.ts";
import { WarningList } from "./warning-list.ts";

interface Plan {
  readonly structure: GifStructure;
  readonly screen: { readonly width: number; readonly height: number };
  readonly keep: readonly number[];
  readonly warnings: WarningList;
  /** Index bytes that all images up to the last frame take. */
  readonly indexBytes: number;
  readonly images: (use: "kept" | "drawn") => Generator<IndexedImage, void, undefined>;
}

function plan(bytes: Uint8Array, options: GifLimits): Plan {
  const limits = resolveGifLimits(options);
  const structure = scanGif(bytes);
  const warnings = new WarningList(structure.warnings);
  const screen = screenOf(structure, structure.images[0]);
  if (screen.width !== structure.width || screen.height !== structure.height) {
    warnings.add(screenWarning(structure, screen));
  }
  const total = structure.images.length;
  const wanted = Math.min(total, frameCap(screen.width, screen.height, limits.maxFrames));
  checkGifSize(structure, screen, wanted, limits);
  const keep = selectFrames(total, wanted);
  const count = keep.at(-1)! + 1;
  let indexBytes = 0;
  for (let number = 0; number < count; number++) indexBytes += mostPixels(structure.images[number]!);
  return {
    structure,
    screen,
    keep,
    warnings,
    indexBytes,
    images: (use) => {
      const kept = use === "kept";
      const unpackedLimit = (kept ? 1 : UNPACKED_PER_MAX_PIXELS) * limits.maxPixels;
      return decodeImages(bytes, structure, { count, unpackedLimit, limits, kept }, warnings);
    },
  };
}

/**
 * Decodes a GIF in memory; `decodeGif` without reading a file. Synchronous: about 1 to 6 ns per pixel of its images,
 * then about 1 ns per pixel of each frame when its `rgba` is first read.
 *
 * @throws GifError as `decodeGif`, except `UNREADABLE`
 */
export function decodeGifBytes(bytes: Uint8Array, options: GifLimits = {}): DecodedGif {
  const planned = plan(bytes, options);
  const { structure, screen, keep, warnings, indexBytes, images } = planned;
  // With few frames kept of many images, the frames themselves take less than what they would be drawn from.
  if (indexBytes <= screen.width * screen.height * keep.length) return lazyGif(unpack(planned), indexBytes);
  const frames = renderImages(images("drawn"), screen, keep);
  return {
    ...screen,
    frames,
    frameCount: structure.images.length,
    loopCount: structure.loopCount,
    warnings: warnings.list(),
  };
}

function unpack({ structure, screen, keep, warnings, images }: Plan): IndexedGif {
  const kept = [...images("kept")];
  const { loopCount } = structure;
  return { ...screen, images: kept, keep, frameCount: structure.images.length, loopCount, warnings: warnings.list() };
}

/**
 * Unpacks a GIF without drawing it. Takes `maxPixels` bytes at most, as each pixel of each image is one byte.
 *
 * @throws GifError as `decodeGifBytes`
 */
export function decodeIndexed(bytes: Uint8Array, options: GifLimits = {}): IndexedGif {
  return unpack(plan(bytes, options));
}

/** The frames of an unpacked GIF, drawn when first read: `renderIndexed(decodeIndexed(b))` equals `decodeGifBytes(b)`. */
export function renderIndexed(gif: IndexedGif): DecodedGif {
  return lazyGif(
    gif,
    gif.images.reduce((sum, { written }) => sum + written, 0),
  );
}

/**
 * Decodes a GIF from a path or from bytes into full RGBA frames, each drawn when its `rgba` is first read.
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
