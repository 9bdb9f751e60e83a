import type { DecodedGif, GifFrame } from "../gif/decoded-gif.ts";
import { packFrame, unpackFrame } from "./packed-frame.ts";

/** Version of the layout below: a row of another version is a miss. */
export const STORED_GIF_FORMAT = 1;

/** Layout: length of the header (4 bytes, little endian), the header as JSON, then the packed frames. */
interface Header {
  readonly width: number;
  readonly height: number;
  readonly frameCount: number;
  readonly loopCount: number;
  readonly warnings: readonly string[];
  readonly frames: readonly { readonly delaySeconds: number; readonly colors: number; readonly bytes: number }[];
}

/** Makes the bytes that represent a GIF on disk, one frame per step, so that the work can be spread. */
export function* storeGif(gif: DecodedGif): Generator<void, Uint8Array, void> {
  const frames: Header["frames"][number][] = [];
  const parts: Uint8Array[] = [];
  for (const { rgba, delaySeconds } of gif.frames) {
    const { colors, data } = packFrame(rgba);
    frames.push({ delaySeconds, colors, bytes: data.byteLength });
    parts.push(data);
    yield;
  }
  const { width, height, frameCount, loopCount, warnings } = gif;
  const header = Buffer.from(JSON.stringify({ width, height, frameCount, loopCount, warnings, frames }));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(header.byteLength);
  return Buffer.concat([length, header, ...parts]);
}

/**
 * The GIF in `bytes`. Each frame is unpacked when its `rgba` is first read, so taking some of many frames costs only those.
 * Throws when the bytes are not what `storeGif` made (a checksum has been compared before).
 */
export function loadGif(bytes: Uint8Array): DecodedGif {
  const headerLength = Buffer.from(bytes.buffer, bytes.byteOffset, 4).readUInt32LE();
  const header = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset + 4, headerLength).toString()) as Header;
  const { width, height, frameCount, loopCount, warnings } = header;
  let at = 4 + headerLength;
  const frames = header.frames.map(({ delaySeconds, colors, bytes: size }) => {
    const data = bytes.subarray(at, at + size);
    at += size;
    return lazyFrame(() => unpackFrame({ colors, data }, width * height), delaySeconds);
  });
  if (at !== bytes.byteLength) throw new RangeError(`stored GIF: ${bytes.byteLength} bytes instead of ${at}`);
  return { width, height, frames, frameCount, loopCount, warnings };
}

function lazyFrame(unpack: () => GifFrame["rgba"], delaySeconds: number): GifFrame {
  let rgba: GifFrame["rgba"] | undefined;
  return {
    get rgba() {
      rgba ??= unpack();
      return rgba;
    },
    delaySeconds,
  };
}
