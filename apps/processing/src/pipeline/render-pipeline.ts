import { type EngineVersion, engineVersion } from "../engines/engine-version.ts";
import { decodeGifBytes } from "../gif/decode-gif.ts";
import { encodeGif } from "../gif/encode-gif.ts";
import type { GifLimits } from "../gif/gif-limits.ts";
import type { Animation } from "./animation.ts";
import type { Pipeline } from "./pipeline.ts";
import type { PipelineParameters } from "./pipeline-step.ts";

const MAX_COLORS = 256;

/** What a pipeline works on: a GIF file's bytes, its decoded frames, or both (then nothing is decoded twice). */
export interface RenderSource {
  readonly bytes?: Uint8Array;
  readonly frames?: Animation;
}

export interface RenderOptions {
  /** Called after each step: lets others have their turn, and throws to end the work. */
  readonly pause?: { take(): Promise<void> };
  /** What decoding may cost at most. */
  readonly limits?: GifLimits;
}

/** A pipeline's result. */
export interface RenderedGif {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Images in `bytes`. */
  readonly frameCount: number;
  /** Seconds from frames in memory to the finished file; decoding the source is not counted. */
  readonly seconds: number;
  /** Who worked on it, each once, in the order of the steps; the encoder last. */
  readonly engines: readonly EngineVersion[];
}

function framesOf({ bytes, frames }: RenderSource, limits: GifLimits | undefined): Animation {
  if (frames !== undefined) return frames;
  if (bytes === undefined) throw new RangeError("a pipeline needs a GIF's bytes or its frames, got neither");
  return decodeGifBytes(bytes, limits);
}

/**
 * Takes a GIF through the steps of a pipeline. Holds nothing but its arguments and reads no settings, so it runs in a
 * worker thread as well.
 *
 * @throws RangeError without bytes and frames, GifError when `source` cannot be decoded, and whatever `pause` throws
 */
export async function renderPipeline(
  source: RenderSource,
  pipeline: Pipeline,
  parameters: PipelineParameters,
  { pause, limits }: RenderOptions = {},
): Promise<RenderedGif> {
  let animation = framesOf(source, limits);
  const began = performance.now();
  for (const step of pipeline.steps) {
    animation = step.apply(animation, parameters);
    await pause?.take();
  }
  const { frames, width, height, loopCount } = animation;
  const reduced = pipeline.steps.some((step) => step.slot === "color");
  const bytes = encodeGif(frames, { width, height, loopCount, colors: reduced ? parameters.colors : MAX_COLORS });
  const seconds = (performance.now() - began) / 1000;
  const names = new Set([...pipeline.steps.map((step) => step.engine), "gifenc" as const]);
  return { bytes, frameCount: frames.length, seconds, engines: [...names].map(engineVersion) };
}
