import { type GraphicControl, NO_CONTROL, readExtension } from "./gif-extension.ts";
import { HEADER_BYTES, readHeader, tableSize, u16 } from "./gif-header.ts";

/** One image as the file describes it, before its pixels are decoded. Offsets are positions in the file's bytes. */
export interface ImageDescriptor extends GraphicControl {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  readonly interlaced: boolean;
  /** Where the colour table (3 bytes per colour) starts, local or global; -1 when there is none. */
  readonly paletteOffset: number;
  readonly paletteSize: number;
  /** Where the LZW code size stands; the data blocks follow it. */
  readonly dataOffset: number;
  /** Bytes from there to the end of the data blocks (or of the file, if that comes first). */
  readonly dataBytes: number;
}

/** The structure of a GIF, read without decoding a pixel. */
export interface GifStructure {
  readonly version: string;
  readonly width: number;
  readonly height: number;
  readonly images: readonly ImageDescriptor[];
  /** 0 plays forever, n repeats n times, -1 (no loop extension) plays once. */
  readonly loopCount: number;
  readonly comments: readonly string[];
  readonly warnings: readonly string[];
}

/** Images beyond are left out: each takes a record, and a file of a few bytes an image could have too many of them. */
export const MAX_IMAGES = 1_000_000;
const MAX_COMMENTS = 16;

/** Why reading stopped before the trailer. */
export const STOPPED = {
  noTrailer: "the file ends without a trailer",
  inExtension: "the file ends inside an extension",
  inDescriptor: "the file ends inside an image descriptor",
  beforePixels: "the file ends before an image's pixels",
  tooManyImages: `more than ${MAX_IMAGES.toLocaleString("en")} images: the rest is ignored`,
  inImage: (number: number) => `the file ends inside image ${number}`,
  unknownBlock: (kind: number, at: number) =>
    `unknown block 0x${kind.toString(16).padStart(2, "0")} at byte ${at}: the rest is ignored`,
} as const;

/** Position behind the data sub-blocks that start at `offset`, or -1 when the file ends first. */
export function skipBlocks(bytes: Uint8Array, offset: number): number {
  let at = offset;
  while (at < bytes.length) {
    const size = bytes[at++]!;
    if (size === 0) return at;
    at += size;
  }
  return -1;
}

function blocksText(bytes: Uint8Array, offset: number): string {
  let text = "";
  let at = offset;
  for (;;) {
    const size = bytes[at++] ?? 0;
    if (size === 0) return text;
    text += Buffer.from(bytes.buffer, bytes.byteOffset + at, Math.min(size, bytes.length - at)).toString("latin1");
    at += size;
  }
}

/**
 * Reads screen, image descriptors, delays, loop count and comments in one pass over the block structure.
 * Damage does not throw: reading stops there and `warnings` says so.
 *
 * @throws GifError `NOT_A_GIF` without a GIF signature, `CORRUPT` when the file ends inside its header
 */
export function scanGif(bytes: Uint8Array): GifStructure {
  const { version, width, height, globalSize } = readHeader(bytes);
  const images: ImageDescriptor[] = [];
  const comments: string[] = [];
  const warnings: string[] = [];
  let loopCount = -1;
  let control: GraphicControl = NO_CONTROL;
  let at = HEADER_BYTES + 3 * globalSize;

  const extension = (): number => {
    const read = readExtension(bytes, at);
    if (read.kind === "control") control = read.control;
    else if (read.kind === "loops") loopCount = read.loopCount;
    else if (read.kind === "comment" && comments.length < MAX_COMMENTS) comments.push(blocksText(bytes, at + 2));
    return skipBlocks(bytes, at + 2);
  };

  for (;;) {
    if (at >= bytes.length) {
      warnings.push(STOPPED.noTrailer);
      break;
    }
    const kind = bytes[at];
    if (kind === 0x3b) break;
    if (kind === 0x21) {
      const next = extension();
      if (next < 0) {
        warnings.push(STOPPED.inExtension);
        break;
      }
      at = next;
    } else if (kind === 0x2c) {
      if (at + 10 >= bytes.length) {
        warnings.push(STOPPED.inDescriptor);
        break;
      }
      if (images.length === MAX_IMAGES) {
        warnings.push(STOPPED.tooManyImages);
        break;
      }
      const flags = bytes[at + 9]!;
      const localSize = tableSize(flags);
      const dataOffset = at + 10 + 3 * localSize;
      if (dataOffset >= bytes.length) {
        warnings.push(STOPPED.beforePixels);
        break;
      }
      const end = skipBlocks(bytes, dataOffset + 1);
      images.push({
        left: u16(bytes, at + 1),
        top: u16(bytes, at + 3),
        width: u16(bytes, at + 5),
        height: u16(bytes, at + 7),
        interlaced: (flags & 0x40) !== 0,
        ...control,
        paletteOffset: localSize > 0 ? at + 10 : globalSize > 0 ? HEADER_BYTES : -1,
        paletteSize: localSize || globalSize,
        dataOffset,
        dataBytes: (end < 0 ? bytes.length : end) - dataOffset,
      });
      control = NO_CONTROL;
      at = end;
      if (end < 0) {
        warnings.push(STOPPED.inImage(images.length));
        break;
      }
    } else {
      // Some writers pad with zeros between blocks; anything else is damage, and what follows cannot be trusted.
      if (kind !== 0) {
        warnings.push(STOPPED.unknownBlock(kind!, at));
        break;
      }
      at++;
    }
  }
  return { version, width, height, images, loopCount, comments, warnings };
}
