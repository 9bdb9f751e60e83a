import type { LeftOutPipeline } from "../pipeline/runnable-preset.ts";
import type { PipelineVerdict } from "./eliminate.ts";
import type { FailureReason } from "./failure-reason.ts";
import type { RunActivity } from "./run-activity.ts";

/** A file that gave no result. */
export interface FailedGif {
  readonly path: string;
  readonly reason: FailureReason;
  readonly message: string;
}

/** What a run did; also the content of `elimination_summary.json` and of `giflab run --json`. */
export interface RunSummary extends RunActivity {
  readonly preset: string;
  readonly outputFolder: string;
  /** ISO 8601; of this process, when the run was taken up again. */
  readonly startedAt: string;
  /** Likewise of this process, as are `frames`, `caches`, `sampling` and `lazyImports`. */
  readonly seconds: number;
  /** True when Ctrl-C ended it: the counts are of what was done until then. */
  readonly interrupted: boolean;
  /** Files that were to be processed; of those, files that gave at least one result, and files that gave none. */
  readonly gifs: number;
  readonly processed: number;
  readonly failed: number;
  /** Files times pipelines that were tried, and those of them without a result. */
  readonly jobs: number;
  readonly jobsFailed: number;
  readonly frames: { readonly decoded: number; readonly compared: number };
  /**
   * Of a run that was taken up again: rows that were there and stayed, and rows that went because their file had changed.
   */
  readonly earlier?: { readonly rows: number; readonly outdatedRows: number };
  /** Whether every frame was written as a PNG file, where sharp runs. */
  readonly extractFrames: boolean;
  readonly failuresByReason: Readonly<Partial<Record<FailureReason, number>>>;
  /** The first 100; every one is a row. */
  readonly failures: readonly FailedGif[];
  readonly pipelines: readonly PipelineVerdict[];
  /** Pipelines that no other beats in both mean quality and mean compression, best quality first. */
  readonly paretoPipelines: readonly string[];
  /** Pipelines of the preset that cannot run on this machine, and why. */
  readonly leftOut: readonly LeftOutPipeline[];
  /** Who made the results: `gifenc 1.0.3`. */
  readonly engines: readonly string[];
  readonly giflabVersion: string;
  /** Stands for the set of files: changes with their names and sizes. */
  readonly datasetVersion: string;
}
