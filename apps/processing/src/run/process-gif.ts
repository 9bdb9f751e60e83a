import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Logger } from "pino";
import { measureQuality } from "../comparison/measure-quality.ts";
import type { EngineLimits } from "../engines/engine-limits.ts";
import type { DecodedGif } from "../gif/decoded-gif.ts";
import { frameCap, type ResolvedGifLimits } from "../gif/gif-limits.ts";
import { scanGif } from "../gif/scan-gif.ts";
import { appliedParameters, type Pipeline } from "../pipeline/pipeline.ts";
import type { Preset } from "../pipeline/preset.ts";
import type { RenderedGif } from "../pipeline/render-pipeline.ts";
import { decodeRendered } from "../pipeline/rendered-gif.ts";
import { efficiency } from "../quality/composite-quality.ts";
import { failureReason } from "./failure-reason.ts";
import { fillGifFolder, gifFolder } from "./gif-folder.ts";
import { type GifSource, readSource } from "./gif-source.ts";
import {
  errorColumns,
  messageOf,
  originalColumns,
  pipelineColumns,
  qualityColumns,
  type RunColumns,
  renderColumns,
  sourceColumns,
} from "./job-columns.ts";
import { InterruptedError, type Pause } from "./pause.ts";
import type { PipelineServices } from "./pipeline-services.ts";
import type { PixelBudget } from "./pixel-budget.ts";
import { renderJob } from "./render-job.ts";
import type { ResultRow } from "./result-row.ts";
import type { EarlierGif } from "./resume-run.ts";
import type { GifOutcome } from "./run-totals.ts";
import { validateResult } from "./validate-result.ts";

const KB = 1024;

/** What processing a GIF needs to know about the run. */
export interface RunContext {
  readonly preset: Preset;
  readonly limits: ResolvedGifLimits;
  readonly engineLimits?: EngineLimits | undefined;
  readonly services: PipelineServices;
  readonly folder: string;
  readonly logger: Logger;
  readonly pause: Pause;
  readonly budget: PixelBudget;
  readonly columns: RunColumns;
  /** Every frame of every GIF as a PNG file. */
  readonly extractFrames: boolean;
  /** Takes each row as it is made. */
  readonly addRow: (row: ResultRow) => Promise<void>;
}

/** What was done for one GIF in this process, and what came of it over all. */
export interface ProcessedGif extends GifOutcome {
  readonly framesDecoded: number;
  readonly framesCompared: number;
}

interface Job {
  readonly source: GifSource;
  readonly folder: string;
  readonly pipeline: Pipeline;
  /** Columns that all jobs of this GIF share. */
  readonly shared: ResultRow;
}

/** Pixels that the frames of a GIF will take; 0 for what cannot be read: that will be told when it is decoded. */
function pixelsOf({ bytes }: GifSource, limits: ResolvedGifLimits): number {
  try {
    const { width, height, images } = scanGif(bytes);
    return width * height * Math.min(images.length, frameCap(width, height, limits.maxFrames));
  } catch {
    return 0;
  }
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

/** One GIF through one pipeline: a row. */
async function runJob(job: Job, context: RunContext): Promise<{ framesDecoded: number; framesCompared: number }> {
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
  return { framesDecoded: gif.frames.length, framesCompared: quality.framesCompared };
}

/**
 * Takes a GIF through the pipelines of the preset, except those it went through `earlier`. What goes wrong with the file or
 * a pipeline becomes a row with `success=false`; only an interruption and a full or unwritable output folder are thrown.
 */
export async function processGif(path: string, context: RunContext, earlier?: EarlierGif): Promise<ProcessedGif> {
  if (earlier?.complete === true) return { ...earlier, framesDecoded: 0, framesCompared: 0 };
  let source: GifSource;
  try {
    source = await readSource(path, context.limits.maxFileBytes);
  } catch (error) {
    return await failGif({ path }, error, context);
  }
  const giveBack = await context.budget.take(pixelsOf(source, context.limits));
  try {
    await context.pause.take();
    return await processSource(source, context, earlier);
  } finally {
    giveBack();
  }
}

async function processSource(source: GifSource, context: RunContext, earlier?: EarlierGif): Promise<ProcessedGif> {
  const { path } = source;
  const { services, pause, extractFrames } = context;
  const folder = gifFolder(context.folder, source);
  let shared: ResultRow;
  try {
    const gif = await services.decode(path, source.bytes);
    await fillGifFolder(folder, source, gif, { extractFrames, services, pause });
    shared = originalColumns(gif);
  } catch (error) {
    return await failGif(source, error, context);
  }
  let succeeded = earlier?.succeeded ?? false;
  let failure = earlier?.failure;
  let framesDecoded = 0;
  let framesCompared = 0;
  for (const pipeline of context.preset.pipelines) {
    if (earlier?.pipelines.has(pipeline.id) === true) continue;
    const columns = { ...sourceColumns(source, context.columns), ...shared };
    try {
      const job = await runJob({ source, folder, pipeline, shared: columns }, context);
      framesDecoded += job.framesDecoded;
      framesCompared += job.framesCompared;
      succeeded = true;
    } catch (error) {
      rethrowFatal(error);
      context.logger.error({ file: path, pipeline: pipeline.id, err: error }, "job failed");
      failure = { reason: failureReason(error), message: messageOf(error) };
      const what = pipelineColumns(pipeline);
      await context.addRow({ ...columns, ...what, ...errorColumns(error) });
    }
  }
  if (succeeded) context.logger.info({ file: path }, "processed");
  const outcome = { succeeded, framesDecoded, framesCompared };
  return succeeded || failure === undefined ? outcome : { ...outcome, failure };
}

/** Errors of writing results, which every following file would meet too, and interruptions end the run. */
function rethrowFatal(error: unknown): void {
  const { code, syscall } = error as NodeJS.ErrnoException;
  const codes = ["ENOSPC", "EDQUOT", "EFBIG", "EROFS", "EACCES", "EPERM", "EMFILE", "EIO"];
  if (error instanceof InterruptedError || (syscall !== undefined && codes.includes(code ?? ""))) throw error;
}

async function failGif(
  source: Pick<GifSource, "path"> & Partial<GifSource>,
  error: unknown,
  context: RunContext,
): Promise<ProcessedGif> {
  rethrowFatal(error);
  const failure = { reason: failureReason(error), message: messageOf(error) };
  context.logger.warn({ file: source.path, reason: failure.reason, error: failure.message }, "not processed");
  await context.addRow({ ...sourceColumns(source, context.columns), ...errorColumns(error) });
  return { succeeded: false, failure, framesDecoded: 0, framesCompared: 0 };
}
