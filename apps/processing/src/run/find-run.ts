import { realpath } from "node:fs/promises";
import { isAbsolute, relative } from "node:path";
import { latestRunFolder } from "./resume-run.ts";
import { readManifest } from "./run-manifest.ts";

/** What a run is about, and the folder of the run that it goes on with. */
export interface RunTarget {
  /** Files and folders; none: the built-in samples. */
  readonly inputs: readonly string[];
  readonly resumeFolder?: string;
}

/**
 * What `giflab run --resume PATHS...` means: a path that is the folder of a run (it holds a `run.json`) names the run to go
 * on with, else it is the preset's latest one in the output folder; without other paths its inputs are those it had. Without
 * such a run there is nothing to go on with, and `resumeFolder` is absent.
 */
export async function findRun(paths: readonly string[], outputFolder: string, preset: string): Promise<RunTarget> {
  const inputs: string[] = [];
  let named: string | undefined;
  for (const path of paths) {
    if (named === undefined && (await readManifest(path)) !== undefined) named = await ownPath(path);
    else inputs.push(path);
  }
  const resumeFolder = named ?? (await latestRunFolder(outputFolder, preset));
  const manifest = resumeFolder === undefined ? undefined : await readManifest(resumeFolder);
  if (resumeFolder === undefined || manifest === undefined) return { inputs };
  return { inputs: inputs.length > 0 ? inputs : manifest.inputs, resumeFolder };
}

/** The folder itself where `path` is a link to it (`latest`); relative where it was. */
async function ownPath(path: string): Promise<string> {
  const own = await realpath(path);
  return isAbsolute(path) ? own : relative(process.cwd(), own);
}

/** The preset of the run whose folder is among `paths`, if one is. */
export async function presetOfRun(paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) {
    const manifest = await readManifest(path);
    if (manifest !== undefined) return manifest.settings.preset;
  }
  return undefined;
}
