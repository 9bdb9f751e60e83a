import { Canvas, type CanvasArea, type Screen, touchedArea } from "./canvas.ts";
import type { IndexedImage } from "./decode-images.ts";
import { type GifFrame, ZERO_DELAY_SECONDS } from "./decoded-gif.ts";

/**
 * The screen of a GIF as its images come, one over the other as their disposal methods say. It starts transparent;
 * "background" clears to transparent, as browsers do.
 */
export class PlayedScreen {
  readonly #screen: Screen;
  #canvas: Canvas | undefined;
  #undo: ((canvas: Canvas) => void) | undefined;

  constructor(screen: Screen) {
    this.#screen = screen;
  }

  /** Disposes of the image before and draws this one. */
  show(image: IndexedImage): void {
    this.#canvas ??= new Canvas(this.#screen);
    const canvas = this.#canvas;
    this.#undo?.(canvas);
    this.#undo = undefined;
    const area: CanvasArea = touchedArea(image, this.#screen);
    if (image.disposal === "background") this.#undo = (target) => target.clear(area);
    else if (image.disposal === "previous") {
      const saved = canvas.save(area);
      this.#undo = (target) => target.restore(area, saved);
    }
    canvas.draw(image);
  }

  /** A copy of what is to be seen. */
  snapshot(): Uint8ClampedArray<ArrayBuffer> {
    this.#canvas ??= new Canvas(this.#screen);
    return new Uint8ClampedArray(this.#canvas.pixels.buffer.slice(0));
  }
}

/** Draws all images and returns the frames whose positions are in `keep` (ascending). */
export function renderImages(images: Iterable<IndexedImage>, screen: Screen, keep: readonly number[]): GifFrame[] {
  const played = new PlayedScreen(screen);
  const frames: GifFrame[] = [];
  let position = 0;
  for (const image of images) {
    played.show(image);
    if (position++ !== keep[frames.length]) continue;
    frames.push({ rgba: played.snapshot(), delaySeconds: image.delaySeconds || ZERO_DELAY_SECONDS });
  }
  return frames;
}
