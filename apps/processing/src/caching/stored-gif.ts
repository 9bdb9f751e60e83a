import { constants, zstdCompressSync } from "node:zlib";
import type { DecodedGif } from "../gif/decoded-gif.ts";
import { rgbaWords } from "../gif/rgba-words.ts";
import { changedRectangle, type Rectangle } from "./changed-rectangle.ts";
import { packPixels } from "./packed-pixels.ts";
import { StoredFrames } from "./stored-frames.ts";

/** Version of the layout below: a row of another version is a miss. */
export const STORED_GIF_FORMAT = 1;

/** Level 1: on GIF frames three times as fast as level 3 for a tenth more bytes. */
const FASTEST = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };
/** Packed bytes that are compressed together: many small changes in one go. */
const GROUP_BYTES = 256 * 1024;
/** A frame that changes by more than this share is stored whole: then it can be drawn without those before it. */
const WHOLE_SHARE = 0.5;

/** A frame as it is stored: the part that differs from the frame before. */
export interface StoredFrame {
  readonly delaySeconds: number;
  readonly area: Rectangle;
  readonly colors: number;
  readonly group: number;
}

/** Layout: length of the header (4 bytes, little endian), the header as JSON, then the compressed groups. */
export interface StoredHeader {
  readonly width: number;
  readonly height: number;
  readonly frameCount: number;
  readonly loopCount: number;
  readonly warnings: readonly string[];
  readonly frames: readonly StoredFrame[];
  readonly groups: readonly { readonly compressedBytes: number; readonly bytes: number }[];
}

/**
 * Makes the bytes that represent a GIF on disk, one frame per step, so that the work can be spread. Each frame is the part
 * that differs from the one before (or the whole, if that is most of it), as palette and indices where that is possible, compressed in groups.
 */
export function* storeGif(gif: DecodedGif): Generator<void, Uint8Array, void> {
  const { width, height, frameCount, loopCount, warnings } = gif;
  const frames: StoredFrame[] = [];
  const groups: { compressedBytes: number; bytes: number }[] = [];
  const parts: Uint8Array[] = [];
  let open: Uint8Array[] = [];
  let openBytes = 0;
  const closeGroup = (): void => {
    const compressed = zstdCompressSync(Buffer.concat(open), FASTEST);
    groups.push({ compressedBytes: compressed.byteLength, bytes: openBytes });
    parts.push(compressed);
    open = [];
    openBytes = 0;
  };
  let previous: Uint32Array | undefined;
  for (const { rgba, delaySeconds } of gif.frames) {
    const words = rgbaWords(rgba);
    const whole = { left: 0, top: 0, width, height };
    const changed = previous === undefined ? whole : changedRectangle(previous, words, width);
    const area = changed.width * changed.height > WHOLE_SHARE * width * height ? whole : changed;
    const { colors, bytes } = packPixels(words, width, area);
    frames.push({ delaySeconds, area, colors, group: groups.length });
    open.push(bytes);
    openBytes += bytes.byteLength;
    if (openBytes >= GROUP_BYTES) closeGroup();
    previous = words;
    yield;
  }
  if (open.length > 0) closeGroup();
  const stored: StoredHeader = { width, height, frameCount, loopCount, warnings, frames, groups };
  const header = Buffer.from(JSON.stringify(stored));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(header.byteLength);
  return Buffer.concat([length, header, ...parts]);
}

/**
 * The GIF in `bytes`. A frame is drawn when its `rgba` is first read, so taking some of many frames costs less than all.
 * Throws when the bytes are not what `storeGif` made (a checksum has been compared before).
 */
export function loadGif(bytes: Uint8Array): DecodedGif {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerLength = view.readUInt32LE();
  const header = JSON.parse(view.toString("utf8", 4, 4 + headerLength)) as StoredHeader;
  const expected = header.groups.reduce((sum, group) => sum + group.compressedBytes, 4 + headerLength);
  if (expected !== bytes.byteLength) {
    throw new RangeError(`stored GIF: ${bytes.byteLength} bytes instead of ${expected}`);
  }
  const drawn = new StoredFrames(header, bytes.subarray(4 + headerLength));
  const { width, height, frameCount, loopCount, warnings } = header;
  const frames = header.frames.map(({ delaySeconds }, index) => ({
    get rgba() {
      return drawn.rgba(index);
    },
    delaySeconds,
  }));
  return { width, height, frames, frameCount, loopCount, warnings };
}
