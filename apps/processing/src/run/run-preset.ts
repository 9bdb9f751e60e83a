import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Logger } from "pino";
import { type GifLimits, resolveGifLimits } from "../gif/gif-limits.ts";
import type { Preset } from "../pipeline/preset.ts";
import { CsvFile } from "./csv-file.ts";
import { judgePipelines, type PipelineScore } from "./eliminate.ts";
import { InterruptedError, Pause } from "./pause.ts";
import type { PipelineServices } from "./pipeline-services.ts";
import { type GifOutcome, processGif, type RunContext } from "./process-gif.ts";
import { RESULT_COLUMNS } from "./result-row.ts";
import { RunActivityTally } from "./run-activity.ts";
import { createRunFolder } from "./run-folder.ts";
import type { FailedGif, RunSummary } from "./run-summary.ts";

/** One run of a preset over GIFs. */
export interface RunOptions {
  readonly preset: Preset;
  /** Files to process, in this order. */
  readonly paths: readonly string[];
  /** Where the numbered folder of this run is made. */
  readonly outputFolder: string;
  readonly services: PipelineServices;
  readonly limits?: GifLimits;
  /** GIFs worked on at once; default 1. Pixel work shares one thread: more overlap only reading and writing. */
  readonly workers?: number;
  readonly logger: Logger;
  readonly giflabVersion: string;
  /** Aborting ends the run between two comparisons; what is done is kept. */
  readonly signal?: AbortSignal;
  /** Called as files begin and end. */
  readonly onProgress?: (done: number, path: string) => void;
}

class Totals {
  readonly scores: PipelineScore[] = [];
  readonly failures: FailedGif[] = [];
  done = 0;
  jobsFailed = 0;
  framesDecoded = 0;
  framesCompared = 0;

  add(path: string, outcome: GifOutcome): void {
    this.done++;
    this.scores.push(...outcome.scores);
    this.jobsFailed += outcome.jobsFailed;
    this.framesDecoded += outcome.framesDecoded;
    this.framesCompared += outcome.framesCompared;
    if (outcome.failure !== undefined) this.failures.push({ path, ...outcome.failure });
  }
}

/**
 * Takes every file through every pipeline of the preset, and writes `streaming_results.csv` row by row,
 * `elimination_summary.json` at the end, and the results in a folder per GIF. A file that cannot be processed is a row
 * and a count; it never ends the run.
 *
 * @throws the file system's error when the output folder cannot be written
 */
export async function runPreset(options: RunOptions): Promise<RunSummary> {
  const { preset, paths, services, logger, giflabVersion, signal } = options;
  const startedAt = new Date();
  const began = performance.now();
  const limits = resolveGifLimits(options.limits);
  const folder = await createRunFolder(options.outputFolder, preset.name, startedAt);
  const csv = await CsvFile.create(join(folder, "streaming_results.csv"), RESULT_COLUMNS);
  const tally = new RunActivityTally();
  const totals = new Totals();
  const context: RunContext = {
    preset,
    limits,
    services,
    folder,
    logger,
    pause: new Pause(signal),
    giflabVersion,
    addRow: (row) => csv.add(row),
  };
  logger.info({ preset: preset.name, files: paths.length, folder }, "run started");
  let interrupted = false;
  tally.start();
  try {
    const queue = paths.values();
    const work = async (): Promise<void> => {
      for (const path of queue) {
        options.onProgress?.(totals.done, path);
        totals.add(path, await processGif(path, context));
        options.onProgress?.(totals.done, path);
        await context.pause.take();
      }
    };
    const workers = Array.from({ length: Math.max(1, options.workers ?? 1) }, work);
    const outcomes = await Promise.allSettled(workers);
    for (const outcome of outcomes) {
      if (outcome.status === "fulfilled") continue;
      if (!(outcome.reason instanceof InterruptedError)) throw outcome.reason;
      interrupted = true;
    }
  } finally {
    tally.stop();
    await csv.close();
  }
  const summary: RunSummary = {
    preset: preset.name,
    outputFolder: folder,
    startedAt: startedAt.toISOString(),
    seconds: (performance.now() - began) / 1000,
    interrupted,
    gifs: paths.length,
    processed: totals.done - totals.failures.length,
    failed: totals.failures.length,
    jobs: totals.scores.length + totals.jobsFailed,
    jobsFailed: totals.jobsFailed,
    frames: { decoded: totals.framesDecoded, compared: totals.framesCompared },
    failures: totals.failures,
    pipelines: judgePipelines(totals.scores),
    ...tally.activity(),
    giflabVersion,
  };
  await writeFile(join(folder, "elimination_summary.json"), `${JSON.stringify(summary, null, 2)}\n`);
  logger.info(
    { seconds: summary.seconds, processed: summary.processed, failed: summary.failed, interrupted },
    "run finished",
  );
  return summary;
}
