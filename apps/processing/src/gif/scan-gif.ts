import { GifError } from "./gif-error.ts";

/** What happens to an image's area before the next one is drawn. */
export type Disposal = "keep" | "background" | "previous";

/** One image as the file describes it, before its pixels are decoded. Offsets are positions in the file's bytes. */
export interface ImageDescriptor {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  readonly interlaced: boolean;
  readonly disposal: Disposal;
  /** Seconds the image stays; 0 when the file gives none. */
  readonly delaySeconds: number;
  /** Palette index that is not drawn, or -1. */
  readonly transparentIndex: number;
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

const DISPOSALS: readonly Disposal[] = ["keep", "keep", "background", "previous"];
const MAX_COMMENTS = 16;

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
  const signature = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(6, bytes.length)).toString("latin1");
  if (!signature.startsWith("GIF")) {
    throw new GifError(
      "NOT_A_GIF",
      bytes.length === 0 ? "the file is empty" : "not a GIF: it does not start with GIF87a or GIF89a",
    );
  }
  if (bytes.length < 13) throw new GifError("CORRUPT", `the file ends inside its header (${bytes.length} bytes)`);
  const u16 = (offset: number): number => bytes[offset]! | (bytes[offset + 1]! << 8);
  const width = u16(6);
  const height = u16(8);
  const screenFlags = bytes[10]!;
  const globalSize = screenFlags & 0x80 ? 2 << (screenFlags & 7) : 0;

  const images: ImageDescriptor[] = [];
  const comments: string[] = [];
  const warnings: string[] = [];
  let loopCount = -1;
  let delaySeconds = 0;
  let transparentIndex = -1;
  let disposal: Disposal = "keep";
  let at = 13 + 3 * globalSize;

  const extension = (): number => {
    const label = bytes[at + 1];
    const first = at + 2;
    const size = bytes[first] ?? 0;
    if (label === 0xf9 && size >= 4 && first + 4 < bytes.length) {
      const flags = bytes[first + 1]!;
      disposal = DISPOSALS[(flags >> 2) & 7] ?? "keep";
      delaySeconds = u16(first + 2) / 100;
      transparentIndex = flags & 1 ? bytes[first + 4]! : -1;
    } else if (label === 0xff && size === 11) {
      const application = Buffer.from(
        bytes.buffer,
        bytes.byteOffset + first + 1,
        Math.min(11, bytes.length - first - 1),
      );
      const data = first + 12;
      const loops = /^(NETSCAPE2\.0|ANIMEXTS1\.0)$/.test(application.toString("latin1"));
      if (loops && bytes[data]! >= 3 && bytes[data + 1] === 1 && data + 3 < bytes.length) loopCount = u16(data + 2);
    } else if (label === 0xfe && comments.length < MAX_COMMENTS) {
      comments.push(blocksText(bytes, first));
    }
    return skipBlocks(bytes, first);
  };

  for (;;) {
    if (at >= bytes.length) {
      warnings.push("the file ends without a trailer");
      break;
    }
    const kind = bytes[at];
    if (kind === 0x3b) break;
    if (kind === 0x21) {
      const next = extension();
      if (next < 0) {
        warnings.push("the file ends inside an extension");
        break;
      }
      at = next;
    } else if (kind === 0x2c) {
      if (at + 10 >= bytes.length) {
        warnings.push("the file ends inside an image descriptor");
        break;
      }
      const flags = bytes[at + 9]!;
      const localSize = flags & 0x80 ? 2 << (flags & 7) : 0;
      const dataOffset = at + 10 + 3 * localSize;
      if (dataOffset >= bytes.length) {
        warnings.push("the file ends before an image's pixels");
        break;
      }
      const end = skipBlocks(bytes, dataOffset + 1);
      images.push({
        left: u16(at + 1),
        top: u16(at + 3),
        width: u16(at + 5),
        height: u16(at + 7),
        interlaced: (flags & 0x40) !== 0,
        disposal,
        delaySeconds,
        transparentIndex,
        paletteOffset: localSize > 0 ? at + 10 : globalSize > 0 ? 13 : -1,
        paletteSize: localSize || globalSize,
        dataOffset,
        dataBytes: (end < 0 ? bytes.length : end) - dataOffset,
      });
      disposal = "keep";
      delaySeconds = 0;
      transparentIndex = -1;
      at = end;
      if (end < 0) {
        warnings.push(`the file ends inside image ${images.length}`);
        break;
      }
    } else {
      // Some writers pad with zeros between blocks; anything else is damage, and what follows cannot be trusted.
      if (kind !== 0) {
        warnings.push(`unknown block 0x${kind!.toString(16).padStart(2, "0")} at byte ${at}: the rest is ignored`);
        break;
      }
      at++;
    }
  }
  return { version: signature, width, height, images, loopCount, comments, warnings };
}
