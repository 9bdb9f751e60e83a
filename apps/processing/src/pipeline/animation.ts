import type { GifFrame } from "../gif/decoded-gif.ts";

/** What the steps of a pipeline hand on: whole frames, as they are seen. Nobody changes a frame's pixels. */
export interface Animation {
  readonly width: number;
  readonly height: number;
  readonly frames: readonly GifFrame[];
  /** 0 plays forever, n repeats n times, -1 plays once. */
  readonly loopCount: number;
}
