import { createHash } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import type { Logger } from "pino";
import { measureQuality, type QualityReport } from "../comparison/measure-quality.ts";
import { decodeGifBytes } from "../gif/decode-gif.ts";
import type { DecodedGif } from "../gif/decoded-gif.ts";
import type { ResolvedGifLimits } from "../gif/gif-limits.ts";
import { readGifFile } from "../gif/read-gif-file.ts";
import type { Pipeline } from "../pipeline/pipeline.ts";
import type { Preset } from "../pipeline/preset.ts";
import { renderPipeline } from "../pipeline/render-pipeline.ts";
import { efficiency } from "../quality/composite-quality.ts";
import { contentStatistics } from "./content-statistics.ts";
import type { PipelineScore } from "./eliminate.ts";
import { type FailureReason, failureReason } from "./failure-reason.ts";
import { InterruptedError, type Pause } from "./pause.ts";
import type { PipelineServices } from "./pipeline-services.ts";
import type { ResultRow } from "./result-row.ts";

const KB = 1024;
const PREVIEW_SIDE = 256;

/** What processing a GIF needs to know about the run. */
export interface RunContext {
  readonly preset: Preset;
  readonly limits: ResolvedGifLimits;
  readonly services: PipelineServices;
  readonly folder: string;
  readonly logger: Logger;
  readonly pause: Pause;
  readonly giflabVersion: string;
  /** Takes each row as it is made. */
  readonly addRow: (row: ResultRow) => Promise<void>;
}

/** What came of one GIF. */
export interface GifOutcome {
  readonly scores: readonly PipelineScore[];
  readonly jobsFailed: number;
  readonly framesDecoded: number;
  readonly framesCompared: number;
  /** Present when the GIF gave no result at all. */
  readonly failure?: { readonly reason: FailureReason; readonly message: string };
}

interface Source {
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly sha: string;
  readonly folder: string;
}

interface Rendered {
  readonly result: DecodedGif;
  readonly bytes: number;
  readonly seconds: number;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

async function render(gif: DecodedGif, pipeline: Pipeline, source: Source, context: RunContext): Promise<Rendered> {
  const { pause, preset } = context;
  const limits = { ...context.limits, maxFrames: gif.frames.length };
  const { bytes, frameCount, seconds } = await renderPipeline(
    { bytes: source.bytes, frames: gif },
    pipeline,
    preset.parameters,
    { pause, limits },
  );
  await writeFile(join(source.folder, `${pipeline.id}.gif`), bytes);
  // What is measured is the file as anybody would see it, not the frames that went into it.
  const result = decodeGifBytes(bytes, { ...limits, maxFrames: frameCount });
  await pause.take();
  return { result, bytes: bytes.length, seconds };
}

function originalColumns(gif: DecodedGif, source: Source, context: RunContext): ResultRow {
  const { contentType, colors, entropy, framesPerSecond } = contentStatistics(gif);
  return {
    ...sourceColumns(source, context),
    content_type: contentType,
    orig_width: gif.width,
    orig_height: gif.height,
    orig_frames: gif.frameCount,
    orig_fps: framesPerSecond,
    orig_n_colors: colors,
    entropy,
    frame_count: gif.frames.length,
    warnings: gif.warnings.join("; "),
  };
}

function sourceColumns(source: Pick<Source, "path"> & Partial<Source>, context: RunContext): ResultRow {
  return {
    gif_sha: source.sha,
    gif_name: basename(source.path).replace(/\.gif$/i, ""),
    orig_filename: source.path,
    original_size_kb: source.bytes === undefined ? undefined : source.bytes.length / KB,
    timestamp: new Date().toISOString(),
    giflab_version: context.giflabVersion,
  };
}

function pipelineColumns(pipeline: Pipeline, { parameters }: Preset): ResultRow {
  return {
    pipeline_id: pipeline.id,
    pipeline_steps: pipeline.steps.length,
    tools_used: [...new Set(pipeline.steps.map((step) => step.engine))].join("+"),
    applied_colors: parameters.colors,
    applied_lossy: parameters.lossy,
    applied_frame_ratio: parameters.frameRatio,
  };
}

function qualityColumns(quality: QualityReport): ResultRow {
  const { metrics } = quality;
  return {
    ssim_mean: metrics.ssim.mean,
    ssim_std: metrics.ssim.std,
    ssim_min: metrics.ssim.min,
    ssim_max: metrics.ssim.max,
    ms_ssim_mean: metrics.ms_ssim.mean,
    psnr_mean: metrics.psnr.mean,
    mse_mean: metrics.mse.mean,
    rmse_mean: metrics.rmse.mean,
    fsim_mean: metrics.fsim.mean,
    gmsd_mean: metrics.gmsd.mean,
    chist_mean: metrics.chist.mean,
    edge_similarity_mean: metrics.edge_similarity.mean,
    texture_similarity_mean: metrics.texture_similarity.mean,
    sharpness_similarity_mean: metrics.sharpness_similarity.mean,
    temporal_consistency: quality.temporalConsistency,
    composite_quality: quality.compositeQuality,
    sampling_strategy: quality.sampling.strategyUsed,
    frames_sampled: quality.sampling.indices.length,
  };
}

/** One GIF through one pipeline: a row, and its score. */
async function runJob(
  pipeline: Pipeline,
  source: Source,
  context: RunContext,
): Promise<{ score: PipelineScore; framesDecoded: number; framesCompared: number }> {
  const began = performance.now();
  const gif = await context.services.decode(source.path, source.bytes);
  await context.pause.take();
  const rendered = await render(gif, pipeline, source, context);
  const quality = await measureQuality(gif, rendered.result, context.services, context.pause);
  const seconds = (performance.now() - began) / 1000;
  const ratio = source.bytes.length / rendered.bytes;
  const row: ResultRow = {
    ...originalColumns(gif, source, context),
    ...pipelineColumns(pipeline, context.preset),
    ...qualityColumns(quality),
    success: true,
    file_size_kb: rendered.bytes / KB,
    compression_ratio: ratio,
    efficiency: efficiency(quality.compositeQuality, ratio),
    render_time_ms: rendered.seconds * 1000,
    total_processing_time_ms: seconds * 1000,
    compressed_frame_count: rendered.result.frameCount,
  };
  await context.addRow(row);
  const score = {
    pipelineId: pipeline.id,
    contentType: String(row.content_type),
    compositeQuality: quality.compositeQuality,
    compressionRatio: ratio,
    ssim: quality.metrics.ssim.mean,
    seconds,
  };
  return { score, framesDecoded: gif.frames.length, framesCompared: quality.framesCompared };
}

async function openSource(path: string, context: RunContext): Promise<Source> {
  const bytes = await readGifFile(path, context.limits.maxFileBytes);
  const sha = createHash("sha256").update(bytes).digest("hex");
  const name = basename(path)
    .replace(/\.gif$/i, "")
    .replace(/[^\w.-]+/g, "_");
  const folder = join(context.folder, `${name || "gif"}-${sha.slice(0, 8)}`);
  return { path, bytes, sha, folder };
}

async function writePreview(gif: DecodedGif, source: Source, { services }: RunContext): Promise<void> {
  const [frame] = gif.frames;
  if (frame === undefined) return;
  const png = await services.preview({ rgba: frame.rgba, width: gif.width, height: gif.height }, PREVIEW_SIDE);
  if (png !== undefined) await writeFile(join(source.folder, "preview.png"), png);
}

/**
 * Takes a GIF through all pipelines of the preset. What goes wrong with the file or a pipeline becomes a row with
 * `success=false` and is counted; only an interruption and a full or unwritable output folder are thrown.
 */
export async function processGif(path: string, context: RunContext): Promise<GifOutcome> {
  let source: Source | undefined;
  try {
    source = await openSource(path, context);
    const gif = await context.services.decode(path, source.bytes);
    await mkdir(source.folder, { recursive: true });
    await writePreview(gif, source, context);
  } catch (error) {
    if (error instanceof InterruptedError || isFatal(error)) throw error;
    return fail(source ?? { path }, error, context);
  }
  const scores: PipelineScore[] = [];
  let framesDecoded = 0;
  let framesCompared = 0;
  let lastError: unknown;
  for (const pipeline of context.preset.pipelines) {
    try {
      const job = await runJob(pipeline, source, context);
      scores.push(job.score);
      framesDecoded += job.framesDecoded;
      framesCompared += job.framesCompared;
      context.logger.debug({ file: path, pipeline: pipeline.id, ...job.score }, "job done");
    } catch (error) {
      if (error instanceof InterruptedError || isFatal(error)) throw error;
      lastError = error;
      context.logger.error({ file: path, pipeline: pipeline.id, err: error }, "job failed");
      const columns = { ...sourceColumns(source, context), ...pipelineColumns(pipeline, context.preset) };
      await context.addRow({ ...columns, success: false, error_reason: failureReason(error), error: messageOf(error) });
    }
  }
  const jobsFailed = context.preset.pipelines.length - scores.length;
  const outcome = { scores, jobsFailed, framesDecoded, framesCompared };
  if (scores.length > 0) {
    context.logger.info({ file: path, results: scores.length }, "processed");
    return outcome;
  }
  return { ...outcome, failure: { reason: failureReason(lastError), message: messageOf(lastError) } };
}

/** Errors of writing results: every following file would meet them too. */
function isFatal(error: unknown): boolean {
  const { code, syscall } = error as NodeJS.ErrnoException;
  return syscall !== undefined && ["ENOSPC", "EROFS", "EACCES", "EPERM", "EDQUOT", "EMFILE"].includes(code ?? "");
}

async function fail(
  source: Pick<Source, "path"> & Partial<Source>,
  error: unknown,
  context: RunContext,
): Promise<GifOutcome> {
  const reason = failureReason(error);
  const message = messageOf(error);
  context.logger.warn({ file: source.path, reason, error: message }, "not processed");
  await context.addRow({ ...sourceColumns(source, context), success: false, error_reason: reason, error: message });
  return {
    scores: [],
    jobsFailed: context.preset.pipelines.length,
    framesDecoded: 0,
    framesCompared: 0,
    failure: { reason, message },
  };
}
