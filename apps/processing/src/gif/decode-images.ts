import type { DecodedImage } from "./canvas.ts";
import { colorTable } from "./color-table.ts";
import { GifError } from "./gif-error.ts";
import type { Disposal } from "./gif-extension.ts";
import { HEADER_BYTES } from "./gif-header.ts";
import type { ResolvedGifLimits } from "./gif-limits.ts";
import { LZW_SLACK } from "./lzw-codes.ts";
import { LzwDecoder } from "./lzw-decoder.ts";
import { unclearedMemory } from "./pixel-memory.ts";
import type { GifStructure, ImageDescriptor } from "./scan-gif.ts";
import type { WarningList } from "./warning-list.ts";

/** One image of a GIF as palette indices, with how long it stays and what becomes of it: a quarter of its RGBA size. */
export interface IndexedImage extends DecodedImage {
  readonly disposal: Disposal;
  /** Seconds as in the file, 0 when it gives none. */
  readonly delaySeconds: number;
}

const MAX_DICTIONARY = 4096;

/** Most pixels the image's packed data can unfold to: n codes make strings of at most n (and 4096) pixels. */
export function mostPixels(image: ImageDescriptor): number {
  const codes = 4 * image.dataBytes;
  return Math.min(image.width * image.height, codes * Math.min(codes, MAX_DICTIONARY));
}

/** Which images are unpacked and what that may cost. */
export interface ImageSelection {
  /** The first so many, in file order. */
  readonly count: number;
  /** Pixels of all of them together. */
  readonly unpackedLimit: number;
  readonly limits: ResolvedGifLimits;
  /** Each image into memory of its own, to be kept; else all into the same, and each is gone with the next. */
  readonly kept: boolean;
}

/**
 * Unpacks images in file order. A damaged image gives the pixels before the damage, and a warning.
 *
 * @throws GifError `TOO_LARGE` beyond `unpackedLimit`; `CORRUPT` or `EMPTY`, at the end, when no image gave a pixel
 */
export function* decodeImages(
  bytes: Uint8Array,
  structure: GifStructure,
  { count, unpackedLimit, limits, kept }: ImageSelection,
  warnings: WarningList,
): Generator<IndexedImage, void, undefined> {
  const lzw = new LzwDecoder();
  const tables = new Map<string, Uint32Array>();
  let output = new Uint8Array(0);
  let unpacked = 0;
  let firstDamage: string | undefined;
  for (let number = 0; number < count; number++) {
    const image = structure.images[number]!;
    const most = mostPixels(image);
    if (kept || output.length < most + LZW_SLACK) output = new Uint8Array(unclearedMemory(most + LZW_SLACK));
    const { written, damage } = lzw.decode(bytes, image.dataOffset, output, most);
    if (damage !== "none" || written < image.width * image.height) {
      const what = damage === "none" ? "data missing" : damage;
      firstDamage ??= what;
      warnings.add(damageWarning(number, what, written, image));
    }
    unpacked += written;
    if (unpacked > unpackedLimit) throw unpacksTooLarge(unpackedLimit, limits);
    const tableKey = `${image.paletteOffset}:${image.paletteSize}`;
    let colors = tables.get(tableKey);
    if (colors === undefined) {
      colors = colorTable(bytes, image.paletteOffset, image.paletteSize);
      // Local tables are used once; only the global one is worth keeping.
      if (image.paletteOffset === HEADER_BYTES) tables.set(tableKey, colors);
    }
    const { left, top, width, height, interlaced, disposal, delaySeconds, transparentIndex } = image;
    const indices = kept ? keptIndices(output, written) : output;
    yield {
      left,
      top,
      width,
      height,
      interlaced,
      disposal,
      delaySeconds,
      transparentIndex,
      colors,
      written,
      indices,
    };
  }
  checkAnyPixel(unpacked, firstDamage);
}

/** The first `written` of the pixels: as they are, or copied when damage left most of the memory unused. */
function keptIndices(output: Uint8Array<ArrayBuffer>, written: number): Uint8Array {
  if (output.length > written + LZW_SLACK) return output.slice(0, written);
  output.fill(0, written);
  return output.subarray(0, written);
}

export function damageWarning(
  number: number,
  what: string,
  written: number,
  image: { readonly width: number; readonly height: number },
): string {
  return `image ${number + 1}: ${what} after ${written} of ${image.width * image.height} pixels`;
}

export function unpacksTooLarge(unpackedLimit: number, limits: ResolvedGifLimits): GifError {
  return new GifError(
    "TOO_LARGE",
    `too large: its images unpack to more than ${unpackedLimit.toLocaleString("en")} pixels; raise maxPixels (${limits.maxPixels.toLocaleString("en")}) to decode it`,
  );
}

/** @throws GifError `CORRUPT` or `EMPTY` when no image gave a pixel */
export function checkAnyPixel(unpacked: number, firstDamage: string | undefined): void {
  if (unpacked > 0) return;
  if (firstDamage !== undefined) throw new GifError("CORRUPT", `corrupt: ${firstDamage} before the first pixel`);
  throw new GifError("EMPTY", "empty: none of its images has a pixel");
}
