import type { GreyLevel } from "../quality/picture.ts";
import type { ComparedImage, CompareJob, PackedImage } from "./pixel-job.ts";

function byteLengthOf({ rgba, halvings = [] }: ComparedImage): number {
  return halvings.reduce((sum, { pixels }) => sum + pixels.length, rgba.length);
}

/**
 * Memory that two threads see, for the pixels of one job after the other: they are copied once, into memory that is there
 * already, instead of twice into new memory as a message would have it.
 */
export class PixelSlot {
  #memory = new SharedArrayBuffer(0);
  #bytes = new Uint8Array(this.#memory);

  /** Copies both frames in, over those of the job before. About 0.1 ms for two frames of 480 x 270. */
  pack({ a, b }: CompareJob): { readonly pixels: SharedArrayBuffer; readonly a: PackedImage; readonly b: PackedImage } {
    const needed = byteLengthOf(a) + byteLengthOf(b);
    if (this.#memory.byteLength < needed) {
      this.#memory = new SharedArrayBuffer(needed);
      this.#bytes = new Uint8Array(this.#memory);
    }
    return { a: this.#put(a, 0), b: this.#put(b, byteLengthOf(a)), pixels: this.#memory };
  }

  #put({ rgba, width, height, halvings = [] }: ComparedImage, start: number): PackedImage {
    this.#bytes.set(rgba, start);
    let end = start + rgba.length;
    const packed = halvings.map((level) => {
      this.#bytes.set(level.pixels, end);
      end += level.pixels.length;
      return { width: level.width, height: level.height, start: end - level.pixels.length };
    });
    return { width, height, start, halvings: packed };
  }
}

/** The frame as it was packed, as views of the shared memory. */
export function unpackImage(
  pixels: SharedArrayBuffer,
  { width, height, start, halvings }: PackedImage,
): ComparedImage & { readonly halvings: readonly GreyLevel[] } {
  return {
    width,
    height,
    rgba: new Uint8Array(pixels, start, 4 * width * height),
    halvings: halvings.map((level) => ({
      width: level.width,
      height: level.height,
      pixels: new Uint8Array(pixels, level.start, level.width * level.height),
    })),
  };
}
