import type { EngineLimits } from "../engines/engine-limits.ts";
import type { DecodedGif } from "../gif/decoded-gif.ts";
import type { GifLimits } from "../gif/gif-limits.ts";
import type { Pipeline } from "../pipeline/pipeline.ts";
import { type RenderedGif, renderPipeline } from "../pipeline/render-pipeline.ts";
import { WorkerError } from "../workers/worker-error.ts";
import type { GifSource } from "./gif-source.ts";
import type { Pause } from "./pause.ts";
import type { PipelineServices } from "./pipeline-services.ts";

/** Pixels of a GIF's frames from which starting threads (0.1 s) pays, and using those that run already. */
const PIXELS_FOR_NEW_THREADS = 2_000_000;
const PIXELS_FOR_THREADS = 200_000;

/** What rendering needs beside the GIF and the pipeline. */
export interface RenderSetting {
  readonly workers: PipelineServices["workers"];
  readonly pause: Pause;
  readonly limits: GifLimits;
  /** What a call of an external engine may cost. */
  readonly engineLimits?: EngineLimits | undefined;
}

/** Whether a GIF of so many pixels (width x height x frames) is large enough for threads. */
export function threadsPay(pixels: number, workers: Pick<PipelineServices["workers"], "size" | "threads">): boolean {
  return workers.size > 1 && pixels >= (workers.threads > 0 ? PIXELS_FOR_THREADS : PIXELS_FOR_NEW_THREADS);
}

/**
 * Takes a GIF through a pipeline: in a worker thread when it is large enough, so that this one goes on with other GIFs, else
 * here. The result is the same.
 *
 * @throws as `renderPipeline`; WorkerError when a thread crashes
 */
export async function renderJob(
  source: GifSource,
  gif: DecodedGif,
  pipeline: Pipeline,
  { workers, pause, limits, engineLimits }: RenderSetting,
): Promise<RenderedGif> {
  // An external engine is a process of its own: a thread would only wait for it.
  if (pipeline.engines.length === 0 && threadsPay(gif.width * gif.height * gif.frames.length, workers)) {
    try {
      const { id: pipelineId, parameters } = pipeline;
      const rendered = await pause.orEnd(workers.render({ bytes: source.bytes, pipelineId, parameters, limits }));
      await pause.take();
      return rendered;
    } catch (error) {
      if (!(error instanceof WorkerError && error.code === "WORKERS_UNAVAILABLE")) throw error;
    }
  }
  const frames = { bytes: source.bytes, frames: gif };
  return await renderPipeline(frames, pipeline, pipeline.parameters, { pause, limits, engineLimits });
}
