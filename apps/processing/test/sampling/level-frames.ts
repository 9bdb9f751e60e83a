import type { FrameSequence } from "../../src/sampling/sampling-request.ts";

/** Frames of 4 pixels, `levels[i]` of whose red values are 200 and the rest 10. */
export function levelFrames(levels: readonly number[]): FrameSequence {
  return {
    frames: levels.map((level) => ({
      rgba: Uint8ClampedArray.from({ length: 16 }, (_, at) => (at % 4 !== 0 ? 255 : at / 4 < level ? 200 : 10)),
    })),
  };
}

/** Equal frames. */
export function stillFrames(count: number): FrameSequence {
  return levelFrames(Array(count).fill(0));
}
