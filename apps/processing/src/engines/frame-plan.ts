import { ZERO_DELAY_SECONDS } from "../gif/decoded-gif.ts";
import type { GifStructure } from "../gif/scan-gif.ts";
import { selectFrames } from "../gif/select-frames.ts";

/** The longest delay that a GIF can hold, in 1/100 s. */
const LONGEST_DELAY = 65_535;

/** How many of `total` frames a ratio keeps: max(1, floor(total x ratio)). */
export function framesKept(total: number, ratio: number): number {
  return Math.max(1, Math.floor(total * ratio));
}

/** Images to keep, and how long each is shown then. */
export interface FramePlan {
  /** Ascending positions from 0. */
  readonly positions: readonly number[];
  /** Of each position, in 1/100 s: its own delay and those of the images dropped after it. */
  readonly delays: readonly number[];
}

/** An even spread of a file's images; a ratio of 1 keeps all. A missing delay counts as the decoder counts it. */
export function planFrames({ images }: Pick<GifStructure, "images">, ratio: number): FramePlan {
  const positions = selectFrames(images.length, framesKept(images.length, ratio));
  const delays = positions.map((position, at) => {
    const shown = images.slice(position, positions[at + 1] ?? images.length);
    const sum = shown.reduce(
      (total, { delaySeconds }) => total + Math.round(100 * (delaySeconds || ZERO_DELAY_SECONDS)),
      0,
    );
    return Math.min(LONGEST_DELAY, sum);
  });
  return { positions, delays };
}
