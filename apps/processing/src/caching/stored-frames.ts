import { zstdDecompressSync } from "node:zlib";
import { rgbaWords } from "../gif/rgba-words.ts";
import { packedLength, unpackPixels } from "./packed-pixels.ts";
import type { StoredHeader } from "./stored-gif.ts";

interface OpenGroup {
  readonly number: number;
  readonly bytes: Uint8Array;
}

/**
 * Draws stored frames when they are asked for, each once: from the nearest frame before it that is drawn already or is
 * stored whole, and the changes since.
 */
export class StoredFrames {
  readonly #header: StoredHeader;
  readonly #offsets: readonly number[];
  readonly #drawn: (Uint8ClampedArray<ArrayBuffer> | undefined)[];
  #left: number;
  #groups: Uint8Array | undefined;
  #open: OpenGroup | undefined;

  /** @param groups the compressed groups, one after the other */
  constructor(header: StoredHeader, groups: Uint8Array) {
    this.#header = header;
    this.#groups = groups;
    this.#drawn = new Array<undefined>(header.frames.length).fill(undefined);
    this.#left = header.frames.length;
    this.#offsets = offsetsInGroups(header);
  }

  /** The pixels of a frame: the same array each time. */
  rgba(index: number): Uint8ClampedArray<ArrayBuffer> {
    let rgba = this.#drawn[index];
    if (rgba !== undefined) return rgba;
    const { frames, width, height } = this.#header;
    let base = index;
    while (this.#drawn[base] === undefined && frames[base]!.area.width * frames[base]!.area.height < width * height)
      base--;
    const known = this.#drawn[base];
    rgba = known?.slice() ?? new Uint8ClampedArray(4 * width * height);
    const words = rgbaWords(rgba);
    for (let next = known === undefined ? base : base + 1; next <= index; next++) this.#apply(words, next);
    this.#drawn[index] = rgba;
    this.#left--;
    if (this.#left === 0) {
      this.#groups = undefined;
      this.#open = undefined;
    }
    return rgba;
  }

  #apply(words: Uint32Array, index: number): void {
    const { area, colors, group } = this.#header.frames[index]!;
    const offset = this.#offsets[index]!;
    const bytes = this.#group(group).subarray(offset, offset + packedLength(colors, area));
    unpackPixels(words, this.#header.width, area, { colors, bytes });
  }

  #group(number: number): Uint8Array {
    if (this.#open?.number !== number) {
      const { groups } = this.#header;
      let start = 0;
      for (let before = 0; before < number; before++) start += groups[before]!.compressedBytes;
      const { compressedBytes, bytes } = groups[number]!;
      const compressed = this.#groups!.subarray(start, start + compressedBytes);
      // One piece of output, or the result is put together from many.
      const options = { maxOutputLength: bytes, chunkSize: Math.max(64, bytes) };
      this.#open = { number, bytes: zstdDecompressSync(compressed, options) };
    }
    return this.#open!.bytes;
  }
}

/** Where each frame's bytes begin in its group. */
function offsetsInGroups({ frames }: StoredHeader): readonly number[] {
  const used: number[] = [];
  return frames.map(({ area, colors, group }) => {
    const offset = used[group] ?? 0;
    used[group] = offset + packedLength(colors, area);
    return offset;
  });
}
