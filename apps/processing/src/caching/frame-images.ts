import type { IndexedImage } from "../gif/decode-images.ts";
import type { DecodedGif } from "../gif/decoded-gif.ts";
import { rgbaWords } from "../gif/rgba-words.ts";
import { changedRectangle } from "./changed-rectangle.ts";
import { indexedPixels } from "./indexed-pixels.ts";

/** A frame that changes by more than this share is stored whole: then it can be drawn without those before it. */
const WHOLE_SHARE = 0.5;

/**
 * Images that drawn one over the other give the frames of a GIF that has no unpacked form (made elsewhere, or drawn
 * already): of each frame, what differs from the one before. The last image of a frame has its delay.
 */
export function* frameImages(gif: DecodedGif): Generator<readonly IndexedImage[], void, void> {
  const { width, height } = gif;
  let previous: Uint32Array | undefined;
  for (const { rgba, delaySeconds } of gif.frames) {
    const words = rgbaWords(rgba);
    const whole = { left: 0, top: 0, width, height };
    const changed = previous === undefined ? whole : changedRectangle(previous, words, width);
    const area = changed.width * changed.height > WHOLE_SHARE * width * height ? whole : changed;
    const images = indexedPixels(words, width, area);
    yield images.with(-1, { ...images.at(-1)!, delaySeconds });
    previous = words;
  }
}
