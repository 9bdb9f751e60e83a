import { basename } from "node:path";
import type { QualityReport } from "../comparison/quality-report.ts";
import type { DecodedGif } from "../gif/decoded-gif.ts";
import { appliedParameters, type Pipeline } from "../pipeline/pipeline.ts";
import type { RenderedGif } from "../pipeline/render-pipeline.ts";
import { contentStatistics } from "./content-statistics.ts";
import { failureReason } from "./failure-reason.ts";
import type { GifSource } from "./gif-source.ts";
import type { ResultRow } from "./result-row.ts";

const KB = 1024;

/** What the rows of a run have in common. */
export interface RunColumns {
  readonly giflabVersion: string;
  readonly codeCommit?: string | undefined;
  readonly datasetVersion?: string | undefined;
}

/** Columns about the file, as far as it could be read. */
export function sourceColumns(source: Pick<GifSource, "path"> & Partial<GifSource>, run: RunColumns): ResultRow {
  return {
    gif_sha: source.sha,
    gif_name: basename(source.path).replace(/\.gif$/i, ""),
    orig_filename: source.path,
    original_size_kb: source.bytes === undefined ? undefined : source.bytes.length / KB,
    timestamp: new Date().toISOString(),
    giflab_version: run.giflabVersion,
    code_commit: run.codeCommit,
    dataset_version: run.datasetVersion,
  };
}

/** Columns about what is in the file. Costs a pass over its first frame. */
export function originalColumns(gif: DecodedGif): ResultRow {
  const { contentType, colors, entropy, framesPerSecond } = contentStatistics(gif);
  return {
    content_type: contentType,
    orig_width: gif.width,
    orig_height: gif.height,
    orig_frames: gif.frameCount,
    orig_fps: framesPerSecond,
    orig_n_colors: colors,
    entropy,
    frame_count: gif.frames.length,
    warnings: gif.warnings.length === 0 ? undefined : gif.warnings.join("; "),
  };
}

/** Columns about what was done. */
export function pipelineColumns(pipeline: Pipeline): ResultRow {
  const { colors, lossy, frameRatio } = appliedParameters(pipeline);
  return {
    pipeline_id: pipeline.id,
    pipeline_steps: pipeline.steps.length,
    tools_used: [...new Set(pipeline.steps.map((step) => step.engine))].join("+"),
    applied_colors: colors,
    applied_lossy: lossy,
    applied_frame_ratio: frameRatio,
  };
}

const BETWEEN_ENGINES = " + ";

/** Columns about who worked on the result, and in which steps. */
export function renderColumns({ actualSteps, engines }: Pick<RenderedGif, "actualSteps" | "engines">): ResultRow {
  return {
    connection_signature: actualSteps.join(">"),
    actual_pipeline_steps: actualSteps.length,
    engine_version: engines.map(({ name, version }) => `${name} ${version}`).join(BETWEEN_ENGINES),
  };
}

/** The engines with versions of a row: `gifenc 1.0.3`. */
export function enginesIn(row: ResultRow): string[] {
  return row.engine_version === undefined ? [] : String(row.engine_version).split(BETWEEN_ENGINES);
}

/** A metric's columns at the first, middle and last of the compared frames. */
function positionColumns({ positions }: QualityReport): ResultRow {
  const columns = Object.entries(positions).flatMap(([name, { first, middle, last, variance }]) => [
    [`${name}_first`, first],
    [`${name}_middle`, middle],
    [`${name}_last`, last],
    [`${name}_positional_variance`, variance],
  ]);
  return Object.fromEntries(columns) as ResultRow;
}

/** Columns about how it looks. */
export function qualityColumns(quality: QualityReport): ResultRow {
  const { metrics } = quality;
  return {
    ssim_mean: metrics.ssim.mean,
    ssim_std: metrics.ssim.std,
    ssim_min: metrics.ssim.min,
    ssim_max: metrics.ssim.max,
    ms_ssim_mean: metrics.ms_ssim?.mean,
    psnr_mean: metrics.psnr.mean,
    mse_mean: metrics.mse.mean,
    rmse_mean: metrics.rmse.mean,
    fsim_mean: metrics.fsim?.mean,
    gmsd_mean: metrics.gmsd?.mean,
    chist_mean: metrics.chist?.mean,
    edge_similarity_mean: metrics.edge_similarity?.mean,
    texture_similarity_mean: metrics.texture_similarity?.mean,
    sharpness_similarity_mean: metrics.sharpness_similarity?.mean,
    ...positionColumns(quality),
    temporal_consistency: quality.temporalConsistency,
    composite_quality: quality.compositeQuality,
    sampling_strategy: quality.sampling.strategyUsed,
    frames_sampled: quality.sampling.indices.length,
  };
}

/** Columns about what went wrong. */
export function errorColumns(error: unknown): ResultRow {
  return {
    success: false,
    error_reason: failureReason(error),
    error: messageOf(error),
    error_traceback: error instanceof Error ? error.stack : undefined,
    error_timestamp: new Date().toISOString(),
  };
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
