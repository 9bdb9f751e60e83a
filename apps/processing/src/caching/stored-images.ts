import type { IndexedImage } from "../gif/decode-images.ts";
import type { Disposal } from "../gif/gif-extension.ts";
import { unpackGroup } from "./packed-groups.ts";

/** Bytes of a group before and after packing. */
export type GroupSize = readonly [bytes: number, packedBytes: number];
/** Left, top, width, height, interlaced, disposal, delay in seconds, transparent index, palette, pixels. */
export type ImageNumbers = readonly number[];

/** Bytes of one palette: 256 pixels. */
const PALETTE_BYTES = 1024;
const DISPOSALS: readonly Disposal[] = ["keep", "background", "previous"];

/** An image as the header has it: all but its indices and the colours of its palette. */
export function imageNumbers(image: IndexedImage, palette: number): ImageNumbers {
  const { left, top, width, height, interlaced, disposal, delaySeconds, transparentIndex, written } = image;
  const disposed = DISPOSALS.indexOf(disposal);
  return [left, top, width, height, interlaced ? 1 : 0, disposed, delaySeconds, transparentIndex, palette, written];
}

/**
 * The images of `packed`, in groups of these sizes one after the other: the last holds the palettes, the others the indices.
 * Nothing is unpacked before an image's `indices` or `colors` are read.
 *
 * @throws RangeError when the images and the groups do not belong together
 */
export function storedImages(
  images: readonly ImageNumbers[],
  sizes: readonly GroupSize[],
  packed: Uint8Array,
): readonly IndexedImage[] {
  const groups = new Groups(sizes, packed);
  let group = 0;
  let offset = 0;
  const listed = images.map((numbers) => {
    const image = new StoredImage(numbers, groups, group, offset);
    const bytes = sizes[group]?.[0] ?? 0;
    offset += image.written;
    if (offset > bytes) throw new RangeError("stored GIF: its images have more pixels than its groups");
    if (offset === bytes) {
      group++;
      offset = 0;
    }
    return image;
  });
  if (group !== sizes.length - 1 || offset !== 0) {
    throw new RangeError("stored GIF: its groups have more pixels than its images");
  }
  return listed;
}

/** A class, as thousands of them are made by a look-up that is to take microseconds. */
class StoredImage implements IndexedImage {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  readonly interlaced: boolean;
  readonly disposal: Disposal;
  readonly delaySeconds: number;
  readonly transparentIndex: number;
  readonly written: number;
  readonly #palette: number;
  readonly #groups: Groups;
  readonly #group: number;
  readonly #offset: number;

  constructor(numbers: ImageNumbers, groups: Groups, group: number, offset: number) {
    this.left = numbers[0]!;
    this.top = numbers[1]!;
    this.width = numbers[2]!;
    this.height = numbers[3]!;
    this.interlaced = numbers[4] === 1;
    this.disposal = DISPOSALS[numbers[5]!]!;
    this.delaySeconds = numbers[6]!;
    this.transparentIndex = numbers[7]!;
    this.#palette = numbers[8]!;
    this.written = numbers[9]!;
    this.#groups = groups;
    this.#group = group;
    this.#offset = offset;
  }

  get indices(): Uint8Array {
    return this.#groups.indices(this.#group, this.#offset, this.written);
  }

  get colors(): Uint32Array {
    return this.#groups.palette(this.#palette);
  }
}

/** Unpacks groups when they are needed: the last one used and the palettes stay. */
class Groups {
  readonly #sizes: readonly GroupSize[];
  readonly #packed: Uint8Array;
  readonly #palettes = new Map<number, Uint32Array>();
  #paletteBytes: Uint8Array | undefined;
  #open: { readonly group: number; readonly bytes: Uint8Array } | undefined;

  constructor(sizes: readonly GroupSize[], packed: Uint8Array) {
    this.#sizes = sizes;
    this.#packed = packed;
  }

  indices(group: number, offset: number, length: number): Uint8Array {
    if (length === 0) return new Uint8Array(0);
    if (this.#open?.group !== group) this.#open = { group, bytes: this.#unpack(group) };
    return this.#open.bytes.subarray(offset, offset + length);
  }

  palette(number: number): Uint32Array {
    let colors = this.#palettes.get(number);
    if (colors === undefined) {
      this.#paletteBytes ??= this.#unpack(this.#sizes.length - 1);
      colors = new Uint32Array(PALETTE_BYTES / 4);
      const start = PALETTE_BYTES * number;
      new Uint8Array(colors.buffer).set(this.#paletteBytes.subarray(start, start + PALETTE_BYTES));
      this.#palettes.set(number, colors);
    }
    return colors;
  }

  #unpack(group: number): Uint8Array {
    let start = 0;
    for (let before = 0; before < group; before++) start += this.#sizes[before]![1];
    const [bytes, packedBytes] = this.#sizes[group]!;
    return unpackGroup(this.#packed.subarray(start, start + packedBytes), bytes);
  }
}
