import { createRequire } from "node:module";
import { availableParallelism, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { CommandError } from "@giflab/cli-kit";
import type { Logger } from "pino";
import { defaultFrameCachePath } from "../caching/cache-paths.ts";
import type { EngineLimits } from "../engines/engine-limits.ts";
import { makeSampleGifs } from "../gif/make-sample-gifs.ts";
import { openAppLog } from "../logging/app-log.ts";
import type { Preset } from "../pipeline/preset.ts";
import type { LeftOutPipeline } from "../pipeline/runnable-preset.ts";
import { codeCommit } from "./code-commit.ts";
import { estimateRun, type RunEstimate } from "./estimate-run.ts";
import { NoSuchInputError } from "./find-gifs.ts";
import { findRun, type RunTarget } from "./find-run.ts";
import { openServices, type ServiceOptions } from "./open-services.ts";
import { InterruptedError } from "./pause.ts";
import { ResumeError, runPreset } from "./run-preset.ts";
import type { RunSummary } from "./run-summary.ts";

/** What `giflab run` was asked to do. */
export interface RunRequest {
  readonly preset: Preset;
  /** Pipelines of the preset that cannot run here. */
  readonly leftOut: readonly LeftOutPipeline[];
  /** Files and folders; none: the built-in samples. */
  readonly paths: readonly string[];
  readonly outputFolder: string;
  /** Go on with an earlier run: see `findRun`. */
  readonly resume: boolean;
  readonly workers: number;
  readonly threshold: number;
  readonly maxPixels: number | undefined;
  /** What a call of an external engine may cost; default: see `EngineLimits`. */
  readonly engineLimits?: EngineLimits;
  readonly extractFrames: boolean | undefined;
  /** Caches and sampling as configured. */
  readonly services: ServiceOptions;
  readonly signal: AbortSignal;
  /** Told how many files there are, and how many of them are done, before the first begins. */
  readonly onStart: (total: number, done: number) => void;
  readonly onProgress: (done: number, path: string) => void;
  /** Told what the user should know before the work begins. */
  readonly onNotice: (message: string) => void;
}

const require = createRequire(import.meta.url);
// By name, because sources and bundle lie at different depths.
const PACKAGE = "@giflab/processing/package.json";

/** The samples beside the caches, or in the temporary folder where that cannot be written. */
async function samples(services: ServiceOptions, logger: Logger): Promise<string[]> {
  const folder = join(dirname(services.frameCache?.diskPath ?? defaultFrameCachePath()), "samples");
  try {
    return await makeSampleGifs(folder);
  } catch (error) {
    logger.warn({ folder, err: error }, "no samples in the cache folder");
    return await makeSampleGifs(join(tmpdir(), "giflab-samples"));
  }
}

/** The files and folders to work on: those asked for, or the built-in samples. */
async function inputPaths(
  inputs: readonly string[],
  services: ServiceOptions,
  logger: Logger,
): Promise<readonly string[]> {
  return inputs.length > 0 ? inputs : await samples(services, logger);
}

async function targetOf({ resume, paths, outputFolder, preset, onNotice }: RunRequest): Promise<RunTarget> {
  if (!resume) return { inputs: paths };
  const target = await findRun(paths, outputFolder, preset.name);
  if (target.resumeFolder === undefined) {
    onNotice(`There is no run of ${preset.name} in ${outputFolder} to go on with: this is a new one.`);
  }
  return target;
}

/** An error of giflab run as its user is told it. */
function commandError(error: unknown, outputFolder: string): unknown {
  if (error instanceof NoSuchInputError || error instanceof ResumeError) {
    return new CommandError(error.message, 2, { cause: error });
  }
  const { code, syscall, message } = error as NodeJS.ErrnoException;
  if (syscall === undefined) return error;
  const advice =
    code === "ENOSPC" || code === "EDQUOT" || code === "EFBIG"
      ? "make room and go on with --resume; what was written is complete"
      : "choose another folder with -o";
  return new CommandError(`results cannot be written to ${outputFolder} (${message}): ${advice}`, 1, { cause: error });
}

/**
 * One run as the command line asks for it: log, inputs, caches, pipelines. Everything is closed when it returns or throws.
 *
 * @throws CommandError 2 for paths that lead nowhere and runs that cannot be taken up again, 1 when the results cannot be
 * written
 */
export async function performRun(request: RunRequest): Promise<RunSummary> {
  const log = openAppLog();
  const { logger } = log;
  try {
    const { inputs, resumeFolder } = await targetOf(request);
    const paths = await inputPaths(inputs, request.services, logger);
    const limits = request.maxPixels === undefined ? {} : { maxPixels: request.maxPixels };
    const services = await openServices({ ...request.services, limits, workers: request.workers });
    const { version } = require(PACKAGE) as { version: string };
    const commit = codeCommit(dirname(require.resolve(PACKAGE)));
    const { preset, leftOut, outputFolder, workers, threshold, extractFrames, signal, onStart, onProgress } = request;
    try {
      return await runPreset({
        preset,
        leftOut,
        paths,
        inputs,
        outputFolder,
        services,
        limits,
        engineLimits: request.engineLimits ?? {},
        sampling: { ...request.services.frameSampling },
        workers,
        threshold,
        logger,
        giflabVersion: version,
        signal,
        onStart,
        onProgress,
        ...(resumeFolder === undefined ? {} : { resumeFolder }),
        ...(commit === undefined ? {} : { codeCommit: commit }),
        ...(extractFrames === undefined ? {} : { extractFrames }),
      });
    } finally {
      await services.close();
    }
  } catch (error) {
    logger.error({ err: error }, "run failed");
    throw commandError(error, request.outputFolder);
  } finally {
    log.close();
  }
}

/** What an estimate needs of a run's request. */
export type EstimateRequest = Pick<
  RunRequest,
  "preset" | "paths" | "services" | "workers" | "maxPixels" | "outputFolder" | "signal"
>;

/**
 * How long the run that is asked for would take with nothing in the caches.
 *
 * @throws CommandError 2 for paths that lead nowhere, 130 when it is interrupted
 */
export async function estimateRequest(request: EstimateRequest): Promise<RunEstimate> {
  const log = openAppLog();
  try {
    const { preset, services, workers, maxPixels, signal } = request;
    return await estimateRun({
      preset,
      paths: await inputPaths(request.paths, services, log.logger),
      services,
      limits: maxPixels === undefined ? {} : { maxPixels },
      parallel: Math.min(workers, availableParallelism()),
      signal,
    });
  } catch (error) {
    if (error instanceof InterruptedError) throw new CommandError("interrupted", 130, { cause: error });
    throw commandError(error, request.outputFolder);
  } finally {
    log.close();
  }
}
