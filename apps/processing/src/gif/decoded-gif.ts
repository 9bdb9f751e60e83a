/** One frame as it is seen: the whole screen, everything drawn before it included. */
export interface GifFrame {
  /**
   * R, G, B, A per pixel, row by row; alpha is 0 or 255, and transparent pixels are 0, 0, 0, 0. The same array each time,
   * drawn when first read; others may hold it too: nobody writes to it, and the type does not let a pixel be set.
   */
  readonly rgba: Readonly<Uint8ClampedArray<ArrayBuffer>>;
  /** Seconds it is shown; an image without a delay counts 0.1 s. */
  readonly delaySeconds: number;
}

/** An animation in memory. */
export interface DecodedGif {
  readonly width: number;
  readonly height: number;
  /** The frames kept, in order: all of them, or an even spread when a limit was below `frameCount`. */
  readonly frames: readonly GifFrame[];
  /** Frames in the file. */
  readonly frameCount: number;
  /** 0 plays forever, n repeats n times, -1 (no loop extension in the file) plays once. */
  readonly loopCount: number;
  /** What was wrong with the file and how it was read anyway; empty for a sound one. */
  readonly warnings: readonly string[];
}

/** Seconds an image without a delay is shown. */
export const ZERO_DELAY_SECONDS = 0.1;
