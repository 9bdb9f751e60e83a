import type { CsvValue } from "./csv-line.ts";

/** Columns of `streaming_results.csv`, one row per GIF and pipeline, or one with the error of a GIF that cannot be read. */
export const RESULT_COLUMNS = [
  "gif_sha",
  "gif_name",
  "orig_filename",
  "content_type",
  "pipeline_id",
  "connection_signature",
  "success",
  "file_size_kb",
  "original_size_kb",
  "compression_ratio",
  "orig_width",
  "orig_height",
  "orig_frames",
  "orig_fps",
  "orig_n_colors",
  "entropy",
  "ssim_mean",
  "ssim_std",
  "ssim_min",
  "ssim_max",
  "ms_ssim_mean",
  "psnr_mean",
  "temporal_consistency",
  "mse_mean",
  "rmse_mean",
  "fsim_mean",
  "gmsd_mean",
  "chist_mean",
  "edge_similarity_mean",
  "texture_similarity_mean",
  "sharpness_similarity_mean",
  "composite_quality",
  "efficiency",
  "render_time_ms",
  "total_processing_time_ms",
  "pipeline_steps",
  "actual_pipeline_steps",
  "tools_used",
  "applied_colors",
  "applied_lossy",
  "applied_frame_ratio",
  "frame_count",
  "compressed_frame_count",
  "sampling_strategy",
  "frames_sampled",
  "validation_passed",
  "validation_warnings",
  "validation_frame_count",
  "validation_duration_ratio",
  "validation_n_colors",
  "timestamp",
  "giflab_version",
  "code_commit",
  "dataset_version",
  "engine_version",
  "warnings",
  "error_reason",
  "error",
  "error_traceback",
  "error_timestamp",
] as const;

export type ResultColumn = (typeof RESULT_COLUMNS)[number];

/**
 * One row. psnr is in dB, times in milliseconds, sizes in KB of 1024 bytes, timestamps ISO 8601.
 *
 * - `connection_signature`: what was done in order, a call of another program as one step, with the conversions between
 *   frames and files (`gifsicle-frame+gifsicle-color>decode>tolerance-lossy>encode`); `actual_pipeline_steps` counts it
 * - `validation_*`: whether the result holds what its pipeline promised (see `validateResult`)
 * - `dataset_version` stands for the set of input files, `code_commit` is known when run from a git checkout
 */
export type ResultRow = Readonly<Partial<Record<ResultColumn, CsvValue>>>;
