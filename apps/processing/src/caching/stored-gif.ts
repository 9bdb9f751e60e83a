import type { IndexedImage } from "../gif/decode-images.ts";
import type { DecodedGif } from "../gif/decoded-gif.ts";
import { indexedForm, lazyGif } from "../gif/lazy-gif.ts";
import { frameImages } from "./frame-images.ts";
import { PackedGroups } from "./packed-groups.ts";
import { type GroupSize, type ImageNumbers, imageNumbers, storedImages } from "./stored-images.ts";

/** Version of the layout below: a row of another version is a miss. */
export const STORED_GIF_FORMAT = 2;

/**
 * Layout: length of the header (4 bytes, little endian), the header as JSON, then the groups. All groups but the last hold
 * the palette indices of the images, one after the other; the last one holds the palettes, each once.
 */
interface StoredHeader {
  readonly width: number;
  readonly height: number;
  readonly frameCount: number;
  readonly loopCount: number;
  readonly warnings: readonly string[];
  /** Positions of the images that are frames. */
  readonly keep: readonly number[];
  readonly images: readonly ImageNumbers[];
  readonly groups: readonly GroupSize[];
}

/**
 * Makes the bytes that represent a GIF on disk, in steps of a few milliseconds, so that the work can be spread: the images
 * as the file has them, unpacked from LZW and packed by something that is ten times as fast to unpack.
 */
export function storeGif(gif: DecodedGif): Generator<void, Uint8Array, void> {
  // Taken now: when the steps are done, all frames may be drawn, and the unpacked images gone.
  const indexed = indexedForm(gif);
  if (indexed === undefined) return store(gif, frameImages(gif));
  return store(
    gif,
    indexed.images.map((image) => [image]),
    indexed.keep,
  );
}

/** @param keep positions of the frames; without, each list of `images` is one, to be seen when its last is drawn */
function* store(
  { width, height, frameCount, loopCount, warnings }: DecodedGif,
  lists: Iterable<readonly IndexedImage[]>,
  keep?: readonly number[],
): Generator<void, Uint8Array, void> {
  const groups = new PackedGroups();
  const palettes = new Map<string, number>();
  const images: ImageNumbers[] = [];
  const lastOfList: number[] = [];
  for (const list of lists) {
    for (const image of list) {
      images.push(imageNumbers(image, paletteNumber(palettes, image.colors)));
      if (groups.add(image.indices.subarray(0, image.written))) yield;
    }
    lastOfList.push(images.length - 1);
    if (keep === undefined) yield;
  }
  groups.close();
  groups.add(Buffer.from([...palettes.keys()].join(""), "latin1"));
  groups.close();
  const stored: StoredHeader = {
    width,
    height,
    frameCount,
    loopCount,
    warnings,
    keep: keep ?? lastOfList,
    images,
    groups: groups.sizes,
  };
  const header = Buffer.from(JSON.stringify(stored));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(header.byteLength);
  return Buffer.concat([length, header, ...groups.packed]);
}

function paletteNumber(palettes: Map<string, number>, colors: Uint32Array): number {
  const key = Buffer.from(colors.buffer, colors.byteOffset, colors.byteLength).toString("latin1");
  const known = palettes.get(key);
  if (known !== undefined) return known;
  palettes.set(key, palettes.size);
  return palettes.size - 1;
}

/**
 * The GIF in `bytes`. Groups are unpacked and frames drawn when their `rgba` is first read, so taking some of many frames
 * costs less than all. Throws when the bytes are not what `storeGif` made (a checksum has been compared before).
 */
export function loadGif(bytes: Uint8Array): DecodedGif {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerLength = view.readUInt32LE();
  const header = JSON.parse(view.toString("utf8", 4, 4 + headerLength)) as StoredHeader;
  const expected = header.groups.reduce((sum, [, packed]) => sum + packed, 4 + headerLength);
  if (expected !== bytes.byteLength) {
    throw new RangeError(`stored GIF: ${bytes.byteLength} bytes instead of ${expected}`);
  }
  const images = storedImages(header.images, header.groups, bytes.subarray(4 + headerLength));
  const { width, height, keep, frameCount, loopCount, warnings } = header;
  return lazyGif({ width, height, images, keep, frameCount, loopCount, warnings }, bytes.byteLength);
}
