import { resolve } from "node:path";
import { type ResolvedGifLimits, resolveGifLimits } from "../gif/gif-limits.ts";
import { surveyGifs } from "./find-gifs.ts";
import { LockedError, withFolderLock } from "./folder-lock.ts";
import { PresetRun } from "./preset-run.ts";
import { createRunFolder } from "./run-folder.ts";
import { type RunSettings, readManifest, settingsDifferences, writeManifest } from "./run-manifest.ts";
import type { RunOptions } from "./run-options.ts";
import type { RunSummary } from "./run-summary.ts";

export type { RunOptions } from "./run-options.ts";

const LOCK = ".run.lock";

/** The run to be taken up cannot be, and why. */
export class ResumeError extends Error {
  override readonly name = "ResumeError";
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
