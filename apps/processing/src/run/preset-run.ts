import type { ResolvedGifLimits } from "../gif/gif-limits.ts";
import { findGifs, type GifSurvey } from "./find-gifs.ts";
import { finishRun, paretoPipelines } from "./finish-run.ts";
import { InterruptedError, Pause } from "./pause.ts";
import { PixelBudget } from "./pixel-budget.ts";
import { processGif } from "./process-gif.ts";
import { ResultWriter } from "./result-writer.ts";
import { EarlierRows } from "./resume-run.ts";
import { RunActivityTally } from "./run-activity.ts";
import type { RunContext } from "./run-context.ts";
import type { RunOptions } from "./run-options.ts";
import type { RunSummary } from "./run-summary.ts";
import { RunTotals } from "./run-totals.ts";

/** Pixels of all GIFs in flight: 256 MB of RGBA, and about as much again for their results. */
const PIXELS_IN_FLIGHT = 64 * 2 ** 20;
/** Up to so many GIFs their frames are written as PNG files unless it is asked for or forbidden. */
const EXTRACT_FRAMES_UP_TO = 100;

/** What is known of a run before its first file. */
export interface RunSetup {
  readonly startedAt: Date;
  readonly limits: ResolvedGifLimits;
  readonly survey: GifSurvey;
  readonly folder: string;
}

/** One run of a preset, from the rows that are there to the files at its end. */
export class PresetRun {
  readonly #options: RunOptions;
  readonly #setup: RunSetup;
  readonly #totals: RunTotals;
  readonly #tally = new RunActivityTally();
  /** Ends all work in flight when the results cannot be written. */
  readonly #broken = new AbortController();
  readonly #began = performance.now();
  #interrupted = false;
  #earlier = EarlierRows.none();
  #framesDecoded = 0;
  #framesCompared = 0;

  constructor(options: RunOptions, setup: RunSetup) {
    this.#options = options;
    this.#setup = setup;
    this.#totals = new RunTotals(options.preset.pipelines.length);
  }

  get #extractFrames(): boolean {
    return this.#options.extractFrames ?? this.#setup.survey.count <= EXTRACT_FRAMES_UP_TO;
  }

  /**
   * Does it. Call it once.
   *
   * @throws the file system's error when the results cannot be written, NoSuchInputError when a folder that was asked for goes
   * away meanwhile
   */
  async perform(): Promise<RunSummary> {
    const { logger, preset, resumeFolder } = this.#options;
    const { folder, survey } = this.#setup;
    logger.info(
      { preset: preset.name, files: survey.count, folder, resumed: resumeFolder !== undefined },
      "run started",
    );
    this.#tally.start();
    try {
      await this.#untilInterrupted(() => this.#prepare());
      if (!this.#interrupted) await this.#processAll();
    } finally {
      this.#tally.stop();
    }
    const summary = this.#summary();
    await finishRun(this.#totals, summary);
    const { seconds, processed, failed, interrupted } = summary;
    logger.info({ seconds, processed, failed, interrupted }, "run finished");
    return summary;
  }

  async #untilInterrupted(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof InterruptedError)) throw error;
      this.#interrupted = true;
    }
  }

  async #prepare(): Promise<void> {
    const { resumeFolder, preset, signal, onStart } = this.#options;
    if (resumeFolder !== undefined) {
      this.#earlier = await EarlierRows.prepare({
        folder: this.#setup.folder,
        pipelines: preset.pipelines.length,
        maxFileBytes: this.#setup.limits.maxFileBytes,
        signal,
        onRow: (row) => this.#totals.addRow(row),
      });
    }
    onStart?.(this.#setup.survey.count, this.#earlier.complete);
  }

  async #processAll(): Promise<void> {
    const writer = await ResultWriter.open(this.#setup.folder);
    try {
      const context = this.#context(writer);
      const paths = findGifs(this.#options.paths);
      const workers = Array.from({ length: Math.max(1, this.#options.workers ?? 1) }, () =>
        this.#untilInterrupted(() => this.#work(paths, context)).catch((error: unknown) => {
          this.#broken.abort();
          throw error;
        }),
      );
      const ends = await Promise.allSettled(workers);
      for (const end of ends) if (end.status === "rejected") throw end.reason;
    } finally {
      await writer.close();
    }
  }

  async #work(paths: AsyncIterable<string>, context: RunContext): Promise<void> {
    for await (const path of paths) {
      await context.pause.take();
      this.#totals.addGif(path, await processGif(path, context, this.#earlier.take(path)));
      this.#options.onProgress?.(this.#totals.done, path);
    }
  }

  #context(writer: ResultWriter): RunContext {
    const { preset, services, logger, giflabVersion, codeCommit, signal } = this.#options;
    const { limits, folder, survey } = this.#setup;
    const signals = [this.#broken.signal, ...(signal === undefined ? [] : [signal])];
    return {
      preset,
      limits,
      engineLimits: this.#options.engineLimits,
      services,
      folder,
      logger,
      pause: new Pause(AbortSignal.any(signals)),
      budget: new PixelBudget(PIXELS_IN_FLIGHT),
      columns: { giflabVersion, codeCommit, datasetVersion: survey.version },
      extractFrames: this.#extractFrames,
      addRow: async (row) => {
        await writer.add(row);
        this.#totals.addRow(row);
      },
      onJob: ({ framesDecoded, framesCompared }) => {
        this.#framesDecoded += framesDecoded;
        this.#framesCompared += framesCompared;
      },
    };
  }

  #summary(): RunSummary {
    const { preset, giflabVersion, threshold, resumeFolder } = this.#options;
    const { startedAt, folder, survey } = this.#setup;
    const totals = this.#totals;
    // GIFs of earlier rows that are not among the files any more; an interrupted run has not come to the others yet.
    let others = 0;
    for (const [path, earlier] of this.#earlier.rest()) {
      totals.addGif(path, earlier);
      others++;
    }
    const pipelines = totals.scores.judge(threshold);
    return {
      preset: preset.name,
      outputFolder: folder,
      startedAt: startedAt.toISOString(),
      seconds: (performance.now() - this.#began) / 1000,
      interrupted: this.#interrupted,
      gifs: this.#interrupted ? survey.count : survey.count + others,
      processed: totals.processed,
      failed: totals.failed,
      jobs: totals.jobs,
      jobsFailed: totals.jobsFailed,
      frames: { decoded: this.#framesDecoded, compared: this.#framesCompared },
      ...(resumeFolder === undefined
        ? {}
        : { earlier: { rows: this.#earlier.rows, outdatedRows: this.#earlier.outdated } }),
      extractFrames: this.#extractFrames,
      failuresByReason: totals.failuresByReason,
      failures: totals.failures,
      pipelines,
      paretoPipelines: paretoPipelines(pipelines).map(({ pipelineId }) => pipelineId),
      leftOut: this.#options.leftOut ?? [],
      engines: [...totals.engines].sort(),
      ...this.#tally.activity(),
      giflabVersion,
      datasetVersion: survey.version,
    };
  }
}
