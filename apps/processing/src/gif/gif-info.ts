import { ZERO_DELAY_SECONDS } from "./decoded-gif.ts";
import { scanGif } from "./scan-gif.ts";

/** What a GIF says about itself, without decoding a pixel. */
export interface GifInfo {
  readonly version: string;
  readonly width: number;
  readonly height: number;
  readonly frameCount: number;
  /** 0 plays forever, n repeats n times, -1 plays once. */
  readonly loopCount: number;
  /** Sum of the frames' delays, a missing delay counting 0.1 s; 0 for a single frame. */
  readonly durationSeconds: number;
  readonly comments: readonly string[];
  readonly warnings: readonly string[];
}

/**
 * Reads the block structure only: microseconds for a small file, and never more memory than a record per image.
 *
 * @throws GifError `NOT_A_GIF`, or `CORRUPT` when the file ends inside its header
 */
export function readGifInfo(bytes: Uint8Array): GifInfo {
  const { version, width, height, images, loopCount, comments, warnings } = scanGif(bytes);
  const durationSeconds =
    images.length < 2 ? 0 : images.reduce((sum, image) => sum + (image.delaySeconds || ZERO_DELAY_SECONDS), 0);
  return { version, width, height, frameCount: images.length, loopCount, durationSeconds, comments, warnings };
}
