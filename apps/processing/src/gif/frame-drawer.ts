import { Canvas, coversScreen, isWholeScreen, type Screen, touchedArea } from "./canvas.ts";
import type { IndexedImage } from "./decode-images.ts";
import { unclearedMemory } from "./pixel-memory.ts";

/** Of the frames that drawing another one passes, one in this many is kept: reading backwards costs half of it a frame. */
const MILESTONE = 16;

/**
 * Draws the frames of unpacked images when they are asked for, each once: from the nearest frame before it that is drawn
 * already, or the nearest image that hides everything before it. Lets go of the images when all frames are drawn.
 */
export class FrameDrawer {
  readonly #screen: Screen;
  readonly #keep: readonly number[];
  readonly #drawn: (Uint8ClampedArray<ArrayBuffer> | undefined)[];
  /** Frame at an image's position, -1 for an image that is not kept as a frame. */
  readonly #frameAt: Int32Array;
  #images: readonly IndexedImage[] | undefined;
  #left: number;

  /** @param keep positions of the images that are frames, ascending */
  constructor(images: readonly IndexedImage[], screen: Screen, keep: readonly number[]) {
    this.#images = images;
    this.#screen = screen;
    this.#keep = keep;
    this.#left = keep.length;
    this.#drawn = new Array<undefined>(keep.length).fill(undefined);
    this.#frameAt = new Int32Array(images.length).fill(-1);
    for (const [frame, position] of keep.entries()) this.#frameAt[position] = frame;
  }

  /** What it draws from; `undefined` when all is drawn. */
  get images(): readonly IndexedImage[] | undefined {
    return this.#images;
  }

  /** The pixels of a frame: the same array each time. */
  rgba(frame: number): Uint8ClampedArray<ArrayBuffer> {
    return this.#drawn[frame] ?? this.#draw(frame);
  }

  #draw(frame: number): Uint8ClampedArray<ArrayBuffer> {
    const images = this.#images!;
    const last = this.#keep[frame]!;
    const { canvas, next } = this.#begin(images, last);
    for (let position = next; position < last; position++) {
      const image = images[position]!;
      // An image that is taken away again leaves nothing behind: it need not be drawn.
      if (image.disposal === "previous") continue;
      if (image.disposal === "background") canvas.clear(touchedArea(image, this.#screen));
      else {
        canvas.draw(image);
        const passed = this.#frameAt[position]!;
        if (passed > 0 && passed % MILESTONE === 0) this.#keepDrawn(passed, canvas.pixels.buffer.slice(0));
      }
    }
    canvas.draw(images[last]!);
    return this.#keepDrawn(frame, canvas.pixels.buffer);
  }

  /** The nearest state of the screen before image `last` is drawn, and the image to go on with. */
  #begin(images: readonly IndexedImage[], last: number): { readonly canvas: Canvas; readonly next: number } {
    const { width, height } = this.#screen;
    for (let position = last; position >= 0; position--) {
      const image = images[position]!;
      if (coversScreen(image, this.#screen) && (position === last || image.disposal === "keep")) {
        return { canvas: new Canvas(this.#screen, unclearedMemory(4 * width * height)), next: position };
      }
      if (position === last || image.disposal === "previous") continue;
      const drawn = this.#drawn[this.#frameAt[position]!];
      const area = touchedArea(image, this.#screen);
      const clearsAll = image.disposal === "background" && isWholeScreen(area, this.#screen);
      if (clearsAll) return { canvas: new Canvas(this.#screen), next: position + 1 };
      if (drawn === undefined) continue;
      const canvas = new Canvas(this.#screen, drawn.buffer.slice(0));
      if (image.disposal === "background") canvas.clear(area);
      return { canvas, next: position + 1 };
    }
    return { canvas: new Canvas(this.#screen), next: 0 };
  }

  #keepDrawn(frame: number, memory: ArrayBuffer): Uint8ClampedArray<ArrayBuffer> {
    const known = this.#drawn[frame];
    if (known !== undefined) return known;
    const rgba = new Uint8ClampedArray(memory);
    this.#drawn[frame] = rgba;
    this.#left--;
    if (this.#left === 0) this.#images = undefined;
    return rgba;
  }
}
