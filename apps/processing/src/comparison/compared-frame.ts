import type { RgbaImage } from "../caching/rgba-image.ts";
import type { Animation } from "../pipeline/animation.ts";
import { type GreyLevel, halveGrey, Picture } from "../quality/picture.ts";
import type { PictureSize } from "../quality/resize-area.ts";
import type { PipelineServices } from "../run/pipeline-services.ts";

/**
 * One frame on its way through the metrics: hashed and made a picture of at most once, and only if something needs it.
 * Works in scratch memory that `release` gives back.
 */
export class ComparedFrame {
  readonly #image: RgbaImage;
  readonly #size: PictureSize;
  readonly #services: PipelineServices;
  #identity: string | undefined;
  #picture: Picture | undefined;
  #scratch: ArrayBuffer | undefined;

  /** @param size the size it is compared at: the smaller of both sides' widths and heights */
  constructor(animation: Animation, position: number, size: PictureSize, services: PipelineServices) {
    const { rgba } = animation.frames[position]!;
    this.#image = { rgba, width: animation.width, height: animation.height };
    this.#size = size;
    this.#services = services;
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
    const image = this.#isResized ? this.#services.resize(this.#image, this.#size, this.identity) : this.#image;
    this.#scratch = this.#services.scratch.acquire(3 * image.width * image.height);
    return new Picture(image.rgba, image.width, image.height, {
      halve: (level) => this.#halve(level),
      rgb: new Uint8Array(this.#scratch),
    });
  }

  /** The next level of the pyramid by way of the cache: the same frame is compared with several results. */
  #halve(level: GreyLevel): GreyLevel {
    const size = { width: level.width >> 1, height: level.height >> 1 };
    return this.#services.level(this.identity, size, () => halveGrey(level));
  }
}
