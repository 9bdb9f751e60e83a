import { Canvas, type CanvasArea } from "./canvas.ts";
import type { IndexedImage } from "./decode-images.ts";
import { type GifFrame, ZERO_DELAY_SECONDS } from "./decoded-gif.ts";

/**
 * Draws images one over the other as their disposal methods say, and returns the frames whose positions are in `keep`
 * (ascending). The screen starts transparent, "background" clears to transparent, as browsers do.
 */
export function renderImages(
  images: Iterable<IndexedImage>,
  screen: { readonly width: number; readonly height: number },
  keep: readonly number[],
): GifFrame[] {
  const canvas = new Canvas(screen.width, screen.height);
  const frames: GifFrame[] = [];
  let undo: ((canvas: Canvas) => void) | undefined;
  let position = 0;
  for (const image of images) {
    undo?.(canvas);
    const area: CanvasArea = canvas.area(image);
    undo = undefined;
    if (image.disposal === "background") undo = (target) => target.clear(area);
    else if (image.disposal === "previous") {
      const saved = canvas.save(area);
      undo = (target) => target.restore(area, saved);
    }
    canvas.draw(image);
    if (position === keep[frames.length]) {
      // The canvas itself is the last frame: nothing draws on it any more.
      const pixels = frames.length === keep.length - 1 ? canvas.pixels : canvas.pixels.slice();
      frames.push({
        rgba: new Uint8ClampedArray(pixels.buffer),
        delaySeconds: image.delaySeconds || ZERO_DELAY_SECONDS,
      });
    }
    position++;
  }
  return frames;
}
