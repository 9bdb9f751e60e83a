import type { RgbaImage } from "../caching/rgba-image.ts";
import type { Animation } from "../pipeline/animation.ts";
import { type GreyLevel, halveGrey, halvings, Picture } from "../quality/picture.ts";
import type { PictureSize } from "../quality/resize-area.ts";
import type { PipelineServices } from "../run/pipeline-services.ts";

/** What a frame is compared for. */
export interface FrameSetting {
  /** The size it is compared at: the smaller of both sides' widths and heights. */
  readonly size: PictureSize;
  readonly services: PipelineServices;
  /** An original is compared with several results: its pyramid goes through the cache. */
  readonly isOriginal: boolean;
}

/**
 * One frame on its way through the metrics: hashed and made a picture of at most once, and only if something needs it.
 * Works in scratch memory that `release` gives back.
 */
export class ComparedFrame {
  readonly #image: RgbaImage;
  readonly #size: PictureSize;
  readonly #services: PipelineServices;
  readonly #isOriginal: boolean;
  #identity: string | undefined;
  #picture: Picture | undefined;
  #scratch: ArrayBuffer | undefined;

  constructor({ width, height, frames }: Animation, position: number, { size, services, isOriginal }: FrameSetting) {
    const { rgba } = frames[position]!;
    this.#image = { rgba, width, height };
    this.#size = size;
    this.#services = services;
    this.#isOriginal = isOriginal;
  }

  /** Stands for every byte and the shape of the frame, and the size it is compared at. */
  get identity(): string {
    this.#identity ??= this.#services.hash(this.#image);
    return this.#isResized ? `${this.#identity}>${this.#size.width}x${this.#size.height}` : this.#identity;
  }

  get picture(): Picture {
    this.#picture ??= this.#makePicture();
    return this.#picture;
  }

  /** At the size it is compared at. */
  get image(): RgbaImage {
    return this.#isResized ? this.#services.resize(this.#image, this.#size, this.identity) : this.#image;
  }

  /** The levels of an original's pyramid below its own size, by way of the cache; none of a result, which is used once. */
  get halvings(): readonly GreyLevel[] {
    if (!this.#isOriginal) return [];
    const levels: GreyLevel[] = [];
    const { width, height } = this.#size;
    while (levels.length < halvings(this.#size)) {
      const before = (): GreyLevel => levels.at(-1) ?? { pixels: this.picture.grey, width, height };
      const size = { width: width >> (levels.length + 1), height: height >> (levels.length + 1) };
      levels.push(this.#services.level(this.identity, size, () => halveGrey(before())));
    }
    return levels;
  }

  get #isResized(): boolean {
    return this.#image.width !== this.#size.width || this.#image.height !== this.#size.height;
  }

  /** Ends it: the picture is not to be used any more. */
  release(): void {
    if (this.#scratch !== undefined) this.#services.scratch.release(this.#scratch);
    this.#scratch = undefined;
    this.#picture = undefined;
  }

  #makePicture(): Picture {
    const { image } = this;
    this.#scratch = this.#services.scratch.acquire(3 * image.width * image.height);
    return new Picture(image.rgba, image.width, image.height, {
      halve: (level) => this.#halve(level),
      rgb: new Uint8Array(this.#scratch),
    });
  }

  #halve(level: GreyLevel): GreyLevel {
    if (!this.#isOriginal) return halveGrey(level);
    const size = { width: level.width >> 1, height: level.height >> 1 };
    return this.#services.level(this.identity, size, () => halveGrey(level));
  }
}
