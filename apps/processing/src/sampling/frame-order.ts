import { seededRandom } from "../gif/seeded-random.ts";
import type { FrameSequence } from "./sampling-request.ts";

/** Bytes of the first frame that tell one animation from another. */
const BYTES = 1024;

/** A number that is the same for the same animation, from its length and part of its first frame. */
export function seedOf(frames: FrameSequence["frames"]): number {
  let seed = 0x811c9dc5 ^ frames.length;
  const rgba = frames[0]?.rgba ?? new Uint8ClampedArray();
  const step = Math.max(1, Math.floor(rgba.length / BYTES)) | 1;
  for (let at = 0; at < rgba.length; at += step) seed = Math.imul(seed ^ rgba[at]!, 0x01000193);
  return seed >>> 0;
}

/**
 * Takes frames in rounds, as by lot: what is left is divided into as many equal stretches as frames are wanted, and one
 * frame of each is drawn. What a mean of them tells about all frames can be computed, which is not so of evenly spaced
 * ones: those can be in step with a movement that repeats itself. The same seed draws the same frames.
 */
export class FrameLots {
  readonly #random: () => number;
  #left: number[];

  /** @param frames positions to draw from, ascending */
  constructor(frames: readonly number[], seed: number) {
    this.#left = [...frames];
    this.#random = seededRandom(seed);
  }

  /** How many frames have not been drawn. */
  get left(): number {
    return this.#left.length;
  }

  /** The next frames, ascending; fewer when no more are left. */
  draw(wanted: number): number[] {
    const count = Math.min(wanted, this.#left.length);
    const drawn = Array.from({ length: count }, (_, stretch) => {
      const from = Math.floor((stretch * this.#left.length) / count);
      const to = Math.floor(((stretch + 1) * this.#left.length) / count);
      return this.#left[from + Math.floor(this.#random() * (to - from))]!;
    });
    const gone = new Set(drawn);
    this.#left = this.#left.filter((index) => !gone.has(index));
    return drawn;
  }
}
