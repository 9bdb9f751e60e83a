import type { IndexedImage } from "../gif/decode-images.ts";
import { unpackGroup } from "./packed-groups.ts";

/** An image without its indices and its palette, which are in the groups. */
export interface StoredImage extends Omit<IndexedImage, "indices" | "colors"> {
  /** Where its palette starts in the last group. */
  readonly paletteOffset: number;
}

/** Images whose indices and palettes are unpacked when they are asked for, a group at a time. */
export class StoredImages {
  readonly #sizes: readonly (readonly [bytes: number, packedBytes: number])[];
  readonly #starts: readonly number[];
  readonly #packed: Uint8Array;
  readonly #palettes = new Map<number, Uint32Array>();
  #paletteBytes: Uint8Array | undefined;
  #open: { readonly group: number; readonly bytes: Uint8Array } | undefined;

  /** @param packed the groups, one after the other, of these sizes */
  constructor(sizes: readonly (readonly [bytes: number, packedBytes: number])[], packed: Uint8Array) {
    this.#sizes = sizes;
    this.#packed = packed;
    let start = 0;
    this.#starts = sizes.map(([, packedBytes]) => {
      start += packedBytes;
      return start - packedBytes;
    });
  }

  /** @throws RangeError when the images and the groups do not belong together */
  list(images: readonly StoredImage[]): IndexedImage[] {
    let group = 0;
    let offset = 0;
    const listed = images.map((image): IndexedImage => {
      const indices = { group, offset, length: image.written };
      offset += image.written;
      if (offset > this.#bytesOf(group))
        throw new RangeError("stored GIF: its images have more pixels than its groups");
      if (offset === this.#bytesOf(group) && offset > 0) {
        group++;
        offset = 0;
      }
      return this.#image(image, indices);
    });
    if (group !== this.#sizes.length - 1 || offset !== 0) {
      throw new RangeError("stored GIF: its groups have more pixels than its images");
    }
    return listed;
  }

  #image(
    { paletteOffset, ...image }: StoredImage,
    { group, offset, length }: { readonly group: number; readonly offset: number; readonly length: number },
  ): IndexedImage {
    const indices = (): Uint8Array => this.#unpacked(group).subarray(offset, offset + length);
    const colors = (): Uint32Array => this.#palette(paletteOffset);
    return {
      ...image,
      get indices() {
        return indices();
      },
      get colors() {
        return colors();
      },
    };
  }

  #bytesOf(group: number): number {
    return this.#sizes[group]?.[0] ?? 0;
  }

  #unpacked(group: number): Uint8Array {
    if (this.#open?.group !== group) this.#open = { group, bytes: this.#unpack(group) };
    return this.#open.bytes;
  }

  #unpack(group: number): Uint8Array {
    const [bytes, packedBytes] = this.#sizes[group]!;
    const start = this.#starts[group]!;
    return unpackGroup(this.#packed.subarray(start, start + packedBytes), bytes);
  }

  #palette(offset: number): Uint32Array {
    let colors = this.#palettes.get(offset);
    if (colors === undefined) {
      this.#paletteBytes ??= this.#unpack(this.#sizes.length - 1);
      colors = new Uint32Array(256);
      new Uint8Array(colors.buffer).set(this.#paletteBytes.subarray(offset, offset + colors.byteLength));
      this.#palettes.set(offset, colors);
    }
    return colors;
  }
}
