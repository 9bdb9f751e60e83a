import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { CommandError } from "@giflab/cli-kit";
import type { Logger } from "pino";
import { defaultFrameCachePath } from "../caching/cache-paths.ts";
import { makeSampleGifs } from "../gif/make-sample-gifs.ts";
import { openAppLog } from "../logging/app-log.ts";
import type { Preset } from "../pipeline/preset.ts";
import { findGifs, NoSuchInputError } from "./find-gifs.ts";
import { openServices, type ServiceOptions } from "./open-services.ts";
import { runPreset } from "./run-preset.ts";
import type { RunSummary } from "./run-summary.ts";

/** What `giflab run` was asked to do. */
export interface RunRequest {
  readonly preset: Preset;
  /** Files and folders; none: the built-in samples. */
  readonly paths: readonly string[];
  readonly outputFolder: string;
  readonly workers: number;
  readonly maxPixels: number | undefined;
  /** Caches and sampling as configured. */
  readonly services: ServiceOptions;
  readonly signal: AbortSignal;
  /** Told how many files there are before the first begins. */
  readonly onStart: (total: number) => void;
  readonly onProgress: (done: number, path: string) => void;
}

function packageVersion(): string {
  // By name, because sources and bundle lie at different depths.
  return (createRequire(import.meta.url)("@giflab/processing/package.json") as { version: string }).version;
}

/** The samples beside the caches, or in the temporary folder where that cannot be written. */
async function samples(folder: string, logger: Logger): Promise<string[]> {
  try {
    return await makeSampleGifs(folder);
  } catch (error) {
    logger.warn({ folder, err: error }, "no samples in the cache folder");
    return await makeSampleGifs(join(tmpdir(), "giflab-samples"));
  }
}

async function inputs(request: RunRequest, logger: Logger): Promise<string[]> {
  if (request.paths.length === 0) {
    const cachePath = request.services.frameCache?.diskPath ?? defaultFrameCachePath();
    return await samples(join(dirname(cachePath), "samples"), logger);
  }
  try {
    return await findGifs(request.paths);
  } catch (error) {
    if (error instanceof NoSuchInputError) throw new CommandError(error.message, 2, { cause: error });
    throw error;
  }
}

/**
 * One run as the command line asks for it: log, inputs, caches, pipelines. Everything is closed when it returns or throws.
 *
 * @throws CommandError 2 for paths that lead nowhere, 1 when the results cannot be written
 */
export async function performRun(request: RunRequest): Promise<RunSummary> {
  const log = openAppLog();
  try {
    const paths = await inputs(request, log.logger);
    const limits = request.maxPixels === undefined ? {} : { maxPixels: request.maxPixels };
    const services = await openServices({ ...request.services, limits });
    try {
      request.onStart(paths.length);
      const { preset, outputFolder, workers, signal, onProgress } = request;
      const giflabVersion = packageVersion();
      const { logger } = log;
      return await runPreset({
        preset,
        paths,
        outputFolder,
        services,
        limits,
        workers,
        logger,
        giflabVersion,
        signal,
        onProgress,
      });
    } finally {
      await services.close();
    }
  } catch (error) {
    log.logger.error({ err: error }, "run failed");
    const { syscall, message } = error as NodeJS.ErrnoException;
    if (syscall === undefined) throw error;
    const advice = `results cannot be written to ${request.outputFolder} (${message}): choose another folder with -o`;
    throw new CommandError(advice, 1, { cause: error });
  } finally {
    log.close();
  }
}
