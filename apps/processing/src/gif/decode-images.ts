import type { DecodedImage } from "./canvas.ts";
import { colorTable } from "./color-table.ts";
import { GifError } from "./gif-error.ts";
import type { ResolvedGifLimits } from "./gif-limits.ts";
import { LzwDecoder } from "./lzw-decoder.ts";
import type { Disposal, GifStructure, ImageDescriptor } from "./scan-gif.ts";
import type { WarningList } from "./warning-list.ts";

/** One image of a GIF as palette indices, with how long it stays and what becomes of it: a quarter of its RGBA size. */
export interface IndexedImage extends DecodedImage {
  readonly disposal: Disposal;
  /** Seconds as in the file, 0 when it gives none. */
  readonly delaySeconds: number;
}

const MAX_DICTIONARY = 4096;

/** Most pixels the image's packed data can unfold to: n codes make strings of at most n (and 4096) pixels. */
function mostPixels(image: ImageDescriptor): number {
  const codes = 4 * image.dataBytes;
  return Math.min(image.width * image.height, codes * Math.min(codes, MAX_DICTIONARY));
}

/**
 * Unpacks the first `count` images in file order, each into the same buffer: a caller that keeps `indices` copies them.
 * A damaged image gives the pixels before the damage, and a warning.
 *
 * @param unpackedLimit pixels of all images together
 * @throws GifError `TOO_LARGE` beyond it; `CORRUPT` or `EMPTY`, at the end, when no image gave a pixel
 */
export function* decodeImages(
  bytes: Uint8Array,
  structure: GifStructure,
  options: { readonly count: number; readonly unpackedLimit: number; readonly limits: ResolvedGifLimits },
  warnings: WarningList,
): Generator<IndexedImage, void, undefined> {
  const lzw = new LzwDecoder();
  const tables = new Map<string, Uint32Array>();
  let output = new Uint8Array(0);
  let unpacked = 0;
  let firstDamage: string | undefined;
  for (let number = 0; number < options.count; number++) {
    const image = structure.images[number]!;
    const most = mostPixels(image);
    if (output.length < most) output = new Uint8Array(most);
    const { written, damage } = lzw.decode(bytes, image.dataOffset, output, most);
    if (damage !== "none" || written < image.width * image.height) {
      const what = damage === "none" ? "data missing" : damage;
      firstDamage ??= what;
      warnings.add(`image ${number + 1}: ${what} after ${written} of ${image.width * image.height} pixels`);
    }
    unpacked += written;
    if (unpacked > options.unpackedLimit) {
      throw new GifError(
        "TOO_LARGE",
        `too large: its images unpack to more than ${options.unpackedLimit.toLocaleString("en")} pixels; raise maxPixels (${options.limits.maxPixels.toLocaleString("en")}) to decode it`,
      );
    }
    const tableKey = `${image.paletteOffset}:${image.paletteSize}`;
    let colors = tables.get(tableKey);
    if (colors === undefined) {
      colors = colorTable(bytes, image);
      // Local tables are used once; only the global one is worth keeping.
      if (image.paletteOffset === 13) tables.set(tableKey, colors);
    }
    const { left, top, width, height, interlaced, disposal, delaySeconds, transparentIndex } = image;
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
      indices: output,
    };
  }
  if (unpacked > 0) return;
  if (firstDamage !== undefined) throw new GifError("CORRUPT", `corrupt: ${firstDamage} before the first pixel`);
  throw new GifError("EMPTY", "empty: none of its images has a pixel");
}
