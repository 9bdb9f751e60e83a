import { ByteWindow } from "./byte-window.ts";
import type { IndexedImage } from "./decode-images.ts";
import { type GifFrame, ZERO_DELAY_SECONDS } from "./decoded-gif.ts";
import { GifError } from "./gif-error.ts";
import { type GifLimits, type ResolvedGifLimits, resolveGifLimits } from "./gif-limits.ts";
import { type GifSource, sourceChunks } from "./gif-source.ts";
import { PlayedScreen } from "./played-screen.ts";
import { ImageStream } from "./stream-images.ts";
import { WarningList } from "./warning-list.ts";

/**
 * The limits of a stream. All frames are given, one at a time, so there is no `maxFrames` (an even spread needs to know how
 * many there are); `maxPixels` bounds one frame, and an eighth of the pixels that all images unpack to.
 */
export type StreamLimits = Omit<GifLimits, "maxFrames">;

/**
 * A frame of a stream. `rgba` is drawn when first read, which must be before the next frame is asked for; the array is the
 * caller's own from then on. Reading it later for the first time throws.
 */
export interface StreamedFrame extends GifFrame {
  /** From 0. */
  readonly index: number;
  /** Of the screen, in pixels: the same for all frames. */
  readonly width: number;
  readonly height: number;
  /** What the file has for this frame. Its indices are overwritten by the next frame's: copy what is to stay. */
  readonly image: IndexedImage;
}

/**
 * The frames of a GIF, one at a time, in memory for the screen and one image: see `streamGif`. Can be read once.
 * `warnings`, `loopCount` and `frameCount` are of what was read so far; complete when the frames are.
 */
export class GifStream implements AsyncIterable<StreamedFrame> {
  readonly #source: GifSource;
  readonly #limits: ResolvedGifLimits;
  readonly #warnings = new WarningList();
  readonly #window = new ByteWindow();
  readonly #images: ImageStream;
  #frames = 0;
  #begun = false;

  /** @throws RangeError for a limit below 1 */
  constructor(source: GifSource, limits: StreamLimits = {}) {
    this.#source = source;
    this.#limits = resolveGifLimits(limits);
    this.#images = new ImageStream(this.#window, this.#limits, this.#warnings);
  }

  /** What was wrong with the data and how it was read anyway. */
  get warnings(): readonly string[] {
    return this.#warnings.list();
  }

  /** 0 plays forever, n repeats n times, -1 (no loop extension so far) plays once. */
  get loopCount(): number {
    return this.#images.loopCount;
  }

  /** Frames given so far. */
  get frameCount(): number {
    return this.#frames;
  }

  [Symbol.asyncIterator](): AsyncGenerator<StreamedFrame, void, undefined> {
    if (this.#begun) throw new Error("a GIF stream can be read once: open another with streamGif");
    this.#begun = true;
    return this.#read();
  }

  async *#read(): AsyncGenerator<StreamedFrame, void, undefined> {
    try {
      yield* this.#readFrames();
    } catch (error) {
      if (!(error instanceof GifError) || typeof this.#source !== "string") throw error;
      throw new GifError(error.code, `Failed to extract frames from ${this.#source}: ${error.message}`, {
        cause: error,
      });
    }
  }

  async *#readFrames(): AsyncGenerator<StreamedFrame, void, undefined> {
    const steps = this.#images.steps();
    // Images without a pixel before the first that has one: a file that has none gives an error, and no frame.
    const held: IndexedImage[] = [];
    let screen: PlayedScreen | undefined;
    for await (const step of this.#stepsAndChunks(steps)) {
      screen ??= new PlayedScreen(this.#images.screen);
      held.push(step);
      if (step.written === 0 && this.#frames === 0) continue;
      for (const image of held.splice(0)) {
        const shown = new ShownImage(screen, image, this.#frames);
        this.#frames++;
        yield frameOf(shown, this.#images.screen);
        shown.pass();
      }
    }
  }

  /** The images, with a chunk read from the source whenever the last one is used up. */
  async *#stepsAndChunks(steps: ReturnType<ImageStream["steps"]>): AsyncGenerator<IndexedImage, void, undefined> {
    const chunks = sourceChunks(this.#source, this.#limits.maxFileBytes);
    try {
      for (;;) {
        const step = steps.next();
        if (step.done === true) return;
        if (step.value !== "more") yield step.value;
        else {
          this.#window.release();
          const next = await chunks.next();
          if (next.done === true) this.#window.ended = true;
          else this.#window.append(next.value);
        }
      }
    } finally {
      await chunks.return();
    }
  }
}

/** An image while it is the current one: drawn when its pixels are asked for, or when the stream goes on. */
class ShownImage {
  readonly image: IndexedImage;
  readonly index: number;
  readonly #screen: PlayedScreen;
  #rgba: Uint8ClampedArray<ArrayBuffer> | undefined;
  #isDrawn = false;
  #isPast = false;

  constructor(screen: PlayedScreen, image: IndexedImage, index: number) {
    this.#screen = screen;
    this.image = image;
    this.index = index;
  }

  rgba(): Uint8ClampedArray<ArrayBuffer> {
    if (this.#rgba !== undefined) return this.#rgba;
    if (this.#isPast) {
      throw new Error(`frame ${this.index} of the stream is past: read its rgba before asking for the next frame`);
    }
    this.#draw();
    this.#rgba = this.#screen.snapshot();
    return this.#rgba;
  }

  pass(): void {
    this.#draw();
    this.#isPast = true;
  }

  #draw(): void {
    if (!this.#isDrawn) this.#screen.show(this.image);
    this.#isDrawn = true;
  }
}

function frameOf(shown: ShownImage, { width, height }: { width: number; height: number }): StreamedFrame {
  const { image, index } = shown;
  return {
    index,
    width,
    height,
    image,
    delaySeconds: image.delaySeconds || ZERO_DELAY_SECONDS,
    get rgba() {
      return shown.rgba();
    },
  };
}

/**
 * Reads a GIF frame by frame, in memory for the screen and one image, however long it is. Gives the frames, warnings and
 * errors of `decodeGif` with all frames kept, as far as they come to light: a limit is met when it is reached, after the
 * frames before. Reading stops at the GIF's trailer; leaving the loop early closes the file or ends the source.
 *
 * ```ts
 * for await (const frame of streamGif("long.gif")) {
 *   if (frame.index % 10 === 0) await use(frame.rgba, frame.width, frame.height);
 * }
 * ```
 *
 * @throws RangeError for a limit below 1; while frames are read, GifError as `decodeGif`, and what the source throws
 */
export function streamGif(source: GifSource, limits: StreamLimits = {}): GifStream {
  return new GifStream(source, limits);
}
