import { type EngineVersion, engineVersion } from "../engines/engine-version.ts";
import { decodeGifBytes } from "../gif/decode-gif.ts";
import { encodeGif } from "../gif/encode-gif.ts";
import { frameCap, type GifLimits } from "../gif/gif-limits.ts";
import { scanGif } from "../gif/scan-gif.ts";
import type { Animation } from "./animation.ts";
import { decodeRendered } from "./rendered-gif.ts";

const MAX_COLORS = 256;

/** What a pipeline works on: a GIF file's bytes, its decoded frames, or both (then nothing is decoded or encoded twice). */
export interface RenderSource {
  readonly bytes?: Uint8Array;
  readonly frames?: Animation;
}

/** Whether a file has images that are not, or would not be, among the decoded frames. */
function hasMore(bytes: Uint8Array, frames: Animation | undefined, limits: GifLimits): boolean {
  const { images, width, height } = scanGif(bytes);
  return images.length > (frames?.frames.length ?? frameCap(width, height, limits.maxFrames));
}

/** A GIF between two steps: as frames, as a file, or both; one is made of the other when it is asked for. */
export class Workpiece {
  /** What was done in order, conversions included. */
  readonly actualSteps: string[] = [];
  readonly engines = new Map<string, EngineVersion>();
  readonly #limits: GifLimits;
  #frames: Animation | undefined;
  #bytes: Uint8Array<ArrayBufferLike> | undefined;
  #colors = MAX_COLORS;

  /** @throws RangeError without bytes and frames, GifError when the bytes are no GIF */
  constructor({ frames, bytes }: RenderSource, limits: GifLimits = {}) {
    if (frames === undefined && bytes === undefined) {
      throw new RangeError("a pipeline needs a GIF's bytes or its frames, got neither");
    }
    this.#limits = limits;
    this.#frames = frames;
    this.#bytes = bytes;
    if (bytes === undefined || !hasMore(bytes, frames, limits)) return;
    this.openSource();
    this.#bytes = undefined;
  }

  /** Decodes somebody's file, whose damage is no error. Not a step: every pipeline needs its source. */
  openSource(): void {
    this.#frames ??= decodeGifBytes(this.#bytes!, this.#limits);
  }

  /** The frames; a result of an engine is decoded, and must be sound. */
  frames(): Animation {
    if (this.#frames !== undefined) return this.#frames;
    this.#frames = decodeRendered(this.#bytes!, this.#limits);
    this.did("decode", engineVersion("built-in"));
    return this.#frames;
  }

  /** The file; frames are packed by gifenc, with the colours they were reduced to or 256. */
  bytes(): Uint8Array {
    if (this.#bytes !== undefined) return this.#bytes;
    const { frames, width, height, loopCount } = this.#frames!;
    this.#bytes = encodeGif(frames, { width, height, loopCount, colors: this.#colors });
    this.did("encode", engineVersion("gifenc"));
    return this.#bytes;
  }

  becomes(result: { readonly frames: Animation } | { readonly bytes: Uint8Array }): void {
    this.#frames = "frames" in result ? result.frames : undefined;
    this.#bytes = "bytes" in result ? result.bytes : undefined;
  }

  reducedTo(colors: number): void {
    this.#colors = colors;
  }

  did(step: string, engine: EngineVersion): void {
    this.actualSteps.push(step);
    this.engines.set(engine.name, engine);
  }
}
