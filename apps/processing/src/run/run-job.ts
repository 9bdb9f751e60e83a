import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { measureQuality } from "../comparison/measure-quality.ts";
import type { DecodedGif } from "../gif/decoded-gif.ts";
import { appliedParameters, type Pipeline } from "../pipeline/pipeline.ts";
import type { RenderedGif } from "../pipeline/render-pipeline.ts";
import { decodeRendered } from "../pipeline/rendered-gif.ts";
import { efficiency } from "../quality/composite-quality.ts";
import type { GifSource } from "./gif-source.ts";
import { pipelineColumns, qualityColumns, renderColumns } from "./job-columns.ts";
import { renderJob } from "./render-job.ts";
import type { ResultRow } from "./result-row.ts";
import type { RunContext } from "./run-context.ts";
import { validateResult } from "./validate-result.ts";

const KB = 1024;

/** One GIF and one pipeline. */
export interface Job {
  readonly source: GifSource;
  readonly folder: string;
  readonly pipeline: Pipeline;
  /** Columns that all jobs of this GIF share. */
  readonly shared: ResultRow;
}

async function render(
  gif: DecodedGif,
  { source, folder, pipeline }: Job,
  context: RunContext,
): Promise<RenderedGif & { readonly result: DecodedGif }> {
  const { pause, services, engineLimits } = context;
  const limits = { ...context.limits, maxFrames: gif.frames.length };
  const rendered = await renderJob(source, gif, pipeline, { workers: services.workers, pause, limits, engineLimits });
  await writeFile(join(folder, `${pipeline.id}.gif`), rendered.bytes);
  // What is measured is the file as anybody would see it, not the frames that went into it.
  const result = decodeRendered(rendered.bytes, limits);
  await pause.take();
  return { ...rendered, result };
}

/**
 * Takes one GIF through one pipeline and compares the result with it: a row.
 *
 * @throws whatever goes wrong, an interruption among it
 */
export async function runJob(job: Job, context: RunContext): Promise<void> {
  const { source, pipeline } = job;
  const { pause, services } = context;
  const began = performance.now();
  const gif = await services.decode(source.path, source.bytes);
  await pause.take();
  const rendered = await render(gif, job, context);
  const { result } = rendered;
  const quality = await measureQuality(gif, result, services, pause);
  const seconds = (performance.now() - began) / 1000;
  const ratio = source.bytes.length / rendered.bytes.length;
  const row: ResultRow = {
    ...job.shared,
    ...pipelineColumns(pipeline),
    ...renderColumns(rendered),
    ...qualityColumns(quality),
    ...validateResult(gif, result, {
      frameCount: rendered.frameCount,
      colors: appliedParameters(pipeline).colors ?? Number.POSITIVE_INFINITY,
    }),
    success: true,
    file_size_kb: rendered.bytes.length / KB,
    compression_ratio: ratio,
    efficiency: efficiency(quality.compositeQuality, ratio),
    render_time_ms: rendered.seconds * 1000,
    total_processing_time_ms: seconds * 1000,
    compressed_frame_count: result.frameCount,
  };
  await context.addRow(row);
  context.logger.debug({ file: source.path, pipeline: pipeline.id, ratio, seconds }, "job done");
  context.onJob({ framesDecoded: gif.frames.length, framesCompared: quality.framesCompared });
}
