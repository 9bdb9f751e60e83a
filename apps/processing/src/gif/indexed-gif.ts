import type { IndexedImage } from "./decode-images.ts";

/** A GIF before it is drawn: what a cache keeps, a quarter of the RGBA or less. `renderIndexed` makes it visible. */
export interface IndexedGif {
  readonly width: number;
  readonly height: number;
  /** Every image needed for the frames kept: all up to the last of them. */
  readonly images: readonly IndexedImage[];
  /** Positions in `images` that are frames kept, ascending. */
  readonly keep: readonly number[];
  readonly frameCount: number;
  readonly loopCount: number;
  readonly warnings: readonly string[];
}
