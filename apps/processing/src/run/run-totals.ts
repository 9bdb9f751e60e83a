import { type PipelineScore, PipelineScores } from "./eliminate.ts";
import type { FailureReason } from "./failure-reason.ts";
import { enginesIn } from "./job-columns.ts";
import { ParetoFront, type ParetoPoint } from "./pareto-front.ts";
import type { ResultRow } from "./result-row.ts";
import type { FailedGif } from "./run-summary.ts";

/** Failures that are kept for the summary; all of them are rows. */
const FAILURES_KEPT = 100;

/** One job's result as the Pareto files show it. */
export interface FrontRow extends ParetoPoint {
  readonly row: Pick<
    ResultRow,
    "content_type" | "gif_name" | "gif_sha" | "pipeline_id" | "file_size_kb" | "original_size_kb"
  >;
}

/** What came of one GIF over all pipelines. */
export interface GifOutcome {
  readonly succeeded: boolean;
  /** Why the GIF gave no result at all. */
  readonly failure?: { readonly reason: FailureReason; readonly message: string };
}

/**
 * What a run adds up, row by row, in memory that does not grow with the number of files. Fed with the rows of this process
 * and, when a run is taken up again, with those that were there.
 */
export class RunTotals {
  readonly scores = new PipelineScores();
  /** By content type, and "overall". */
  readonly fronts = new Map<string, ParetoFront<FrontRow>>();
  readonly failures: FailedGif[] = [];
  readonly failuresByReason: Partial<Record<FailureReason, number>> = {};
  /** Everybody who worked on a result, with version. */
  readonly engines = new Set<string>();
  processed = 0;
  failed = 0;
  jobs = 0;
  jobsFailed = 0;
  readonly #pipelines: number;

  /** @param pipelines how many jobs a GIF is */
  constructor(pipelines: number) {
    this.#pipelines = pipelines;
  }

  get done(): number {
    return this.processed + this.failed;
  }

  addRow(row: ResultRow): void {
    if (row.success !== true) {
      // The row of a GIF that cannot be read stands for all its pipelines.
      const jobs = row.pipeline_id === undefined ? this.#pipelines : 1;
      this.jobs += jobs;
      this.jobsFailed += jobs;
      return;
    }
    this.jobs++;
    for (const engine of enginesIn(row)) this.engines.add(engine);
    const score = scoreOf(row);
    this.scores.add(score);
    const key = `${row.pipeline_id} ${row.gif_name} ${row.gif_sha}`;
    const { content_type, gif_name, gif_sha, pipeline_id, file_size_kb, original_size_kb } = row;
    const point: FrontRow = {
      quality: score.compositeQuality,
      compressionRatio: score.compressionRatio,
      key,
      row: { content_type, gif_name, gif_sha, pipeline_id, file_size_kb, original_size_kb },
    };
    this.#front(score.contentType).add(point);
    this.#front("overall").add(point);
  }

  addGif(path: string, { succeeded, failure }: GifOutcome): void {
    if (succeeded) {
      this.processed++;
      return;
    }
    this.failed++;
    const { reason, message } = failure ?? { reason: "failed", message: "" };
    this.failuresByReason[reason] = (this.failuresByReason[reason] ?? 0) + 1;
    if (this.failures.length < FAILURES_KEPT) this.failures.push({ path, reason, message });
  }

  #front(name: string): ParetoFront<FrontRow> {
    let front = this.fronts.get(name);
    if (front === undefined) {
      front = new ParetoFront();
      this.fronts.set(name, front);
    }
    return front;
  }
}

function scoreOf(row: ResultRow): PipelineScore {
  return {
    pipelineId: String(row.pipeline_id),
    contentType: String(row.content_type),
    compositeQuality: Number(row.composite_quality),
    compressionRatio: Number(row.compression_ratio),
    ssim: Number(row.ssim_mean),
    seconds: Number(row.total_processing_time_ms) / 1000,
  };
}
