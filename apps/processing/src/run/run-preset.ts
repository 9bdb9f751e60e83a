import { resolve } from "node:path";
import type { Logger } from "pino";
import type { EngineLimits } from "../engines/engine-limits.ts";
import { type GifLimits, type ResolvedGifLimits, resolveGifLimits } from "../gif/gif-limits.ts";
import type { Preset } from "../pipeline/preset.ts";
import type { LeftOutPipeline } from "../pipeline/runnable-preset.ts";
import { findGifs, type GifSurvey, surveyGifs } from "./find-gifs.ts";
import { finishRun, paretoPipelines } from "./finish-run.ts";
import { LockedError, withFolderLock } from "./folder-lock.ts";
import { InterruptedError, Pause } from "./pause.ts";
import type { PipelineServices } from "./pipeline-services.ts";
import { PixelBudget } from "./pixel-budget.ts";
import { processGif } from "./process-gif.ts";
import { ResultWriter } from "./result-writer.ts";
import { EarlierRows } from "./resume-run.ts";
import { RunActivityTally } from "./run-activity.ts";
import type { RunContext } from "./run-context.ts";
import { createRunFolder } from "./run-folder.ts";
import { type RunSettings, readManifest, settingsDifferences, writeManifest } from "./run-manifest.ts";
import type { RunSummary } from "./run-summary.ts";
import { RunTotals } from "./run-totals.ts";

/** Pixels of all GIFs in flight: 256 MB of RGBA, and about as much again for their results. */
const PIXELS_IN_FLIGHT = 64 * 2 ** 20;
/** Up to so many GIFs their frames are written as PNG files unless it is asked for or forbidden. */
export const EXTRACT_FRAMES_UP_TO = 100;
const LOCK = ".run.lock";

/** The run to be taken up cannot be, and why. */
export class ResumeError extends Error {
  override readonly name = "ResumeError";
}

/** One run of a preset over GIFs. */
export interface RunOptions {
  readonly preset: Preset;
  /** Pipelines that were taken out of the preset, for the summary. */
  readonly leftOut?: readonly LeftOutPipeline[];
  /** Files and folders, in this order. */
  readonly paths: readonly string[];
  /** What `run.json` names as input; default `paths`. */
  readonly inputs?: readonly string[];
  /** Where the numbered folder of this run is made. */
  readonly outputFolder: string;
  /** The folder of an earlier run to go on with: what is in its rows is not done again. */
  readonly resumeFolder?: string;
  readonly services: PipelineServices;
  readonly limits?: GifLimits;
  /** What a call of an external engine may cost. */
  readonly engineLimits?: EngineLimits;
  /** How `services` samples frames: told in `run.json`, as rows of other samplings do not mix. */
  readonly sampling?: Readonly<Record<string, unknown>>;
  /** GIFs in flight at once; default 1. */
  readonly workers?: number;
  /** Composite quality below which a pipeline is eliminated, 0 to 1. Default 0.3. */
  readonly threshold?: number;
  /** Frames as PNG files. Default: yes for up to 100 GIFs. */
  readonly extractFrames?: boolean;
  readonly logger: Logger;
  readonly giflabVersion: string;
  readonly codeCommit?: string;
  /** Aborting ends the run between two comparisons; what is done is kept. */
  readonly signal?: AbortSignal;
  /** Told before the first file begins: how many there are, and how many of them are done already. */
  readonly onStart?: (total: number, done: number) => void;
  /** Called as files end. */
  readonly onProgress?: (done: number, path: string) => void;
}

function settingsOf(options: RunOptions, limits: ResolvedGifLimits): RunSettings {
  const { preset } = options;
  return {
    preset: preset.name,
    pipelines: preset.pipelines.map(({ id, parameters }) => ({ id, parameters: { ...parameters } })),
    limits: { ...limits },
    sampling: options.sampling ?? {},
  };
}

async function openFolder(options: RunOptions, settings: RunSettings, startedAt: Date): Promise<string> {
  const { outputFolder, preset, giflabVersion, resumeFolder } = options;
  if (resumeFolder === undefined) {
    const inputs = (options.inputs ?? options.paths).map((path) => resolve(path));
    const manifest = { startedAt: startedAt.toISOString(), giflabVersion, inputs, settings };
    return await createRunFolder(outputFolder, preset.name, startedAt, (folder) => writeManifest(folder, manifest));
  }
  const manifest = await readManifest(resumeFolder);
  if (manifest === undefined) throw new ResumeError(`${resumeFolder} is not the folder of a run: it has no run.json`);
  const differences = settingsDifferences(manifest.settings, settings);
  if (differences.length > 0) {
    const shown = [...differences.slice(0, 5), ...(differences.length > 5 ? ["..."] : [])].join("; ");
    throw new ResumeError(`${resumeFolder} was made with other settings (${shown}): run without --resume`);
  }
  return resumeFolder;
}

/**
 * Takes every file through every pipeline of the preset. Rows stream to `streaming_results.csv` and `.ndjson`, results go to
 * a folder per GIF, and `finishRun` writes the rest. A file that cannot be processed is a row and a count; it never ends the
 * run. Memory does not grow with the number of files, but for the names in one folder.
 *
 * @throws NoSuchInputError for paths that lead nowhere; ResumeError when `resumeFolder` is in use or was made with other
 * settings; the file system's error when the output folder cannot be written
 */
export async function runPreset(options: RunOptions): Promise<RunSummary> {
  const startedAt = new Date();
  const limits = resolveGifLimits(options.limits);
  const survey = await surveyGifs(options.paths);
  const folder = await openFolder(options, settingsOf(options, limits), startedAt);
  const run = new PresetRun(options, { startedAt, limits, survey, folder });
  try {
    return await withFolderLock(folder, LOCK, () => run.perform(), 0);
  } catch (error) {
    if (!(error instanceof LockedError)) throw error;
    throw new ResumeError(`another process works on ${folder}: wait for its end`, { cause: error });
  }
}

interface RunSetup {
  readonly startedAt: Date;
  readonly limits: ResolvedGifLimits;
  readonly survey: GifSurvey;
  readonly folder: string;
}

class PresetRun {
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
    const { preset, services, logger, giflabVersion, codeCommit, signal, extractFrames } = this.#options;
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
      extractFrames: extractFrames ?? survey.count <= EXTRACT_FRAMES_UP_TO,
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
