import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** The file that makes a folder that of a run. */
export const MANIFEST_NAME = "run.json";
const FORMAT = 1;

/** What decides the rows of a run: a run is taken up again only with all of it unchanged. */
export interface RunSettings {
  readonly preset: string;
  /** Every pipeline with its parameters, in order. */
  readonly pipelines: readonly { readonly id: string; readonly parameters: Readonly<Record<string, unknown>> }[];
  readonly limits: Readonly<Record<string, number | undefined>>;
  readonly sampling: Readonly<Record<string, unknown>>;
}

/** What a run says about itself in `run.json`, for whoever takes it up again. */
export interface RunManifest {
  readonly formatVersion: typeof FORMAT;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly giflabVersion: string;
  /** Absolute paths of files and folders; none: the built-in samples. */
  readonly inputs: readonly string[];
  readonly settings: RunSettings;
}

/** Writes `run.json`, all of it or none. @throws the file system's error */
export async function writeManifest(folder: string, manifest: Omit<RunManifest, "formatVersion">): Promise<void> {
  const path = join(folder, MANIFEST_NAME);
  await writeFile(`${path}.part`, `${JSON.stringify({ formatVersion: FORMAT, ...manifest }, null, 2)}\n`);
  await rename(`${path}.part`, path);
}

/** What `folder` says about its run; `undefined` when it is the folder of none. */
export async function readManifest(folder: string): Promise<RunManifest | undefined> {
  try {
    const manifest = JSON.parse(await readFile(join(folder, MANIFEST_NAME), "utf8")) as RunManifest;
    return manifest.formatVersion === FORMAT ? manifest : undefined;
  } catch {
    return undefined;
  }
}

/** Every leaf of `value` by its dotted path, as JSON. */
function leaves(value: unknown, path: string, into: Map<string, string>): Map<string, string> {
  if (typeof value === "object" && value !== null) {
    for (const [key, inner] of Object.entries(value)) leaves(inner, path === "" ? key : `${path}.${key}`, into);
  } else if (value !== undefined) into.set(path, JSON.stringify(value));
  return into;
}

/**
 * What differs between the settings of a run and those asked for now, in words: `preset was "a", now "b"`. Empty when
 * nothing does.
 */
export function settingsDifferences(then: RunSettings, now: RunSettings): string[] {
  const before = leaves(then, "", new Map());
  const after = leaves(now, "", new Map());
  return [...new Set([...before.keys(), ...after.keys()])]
    .filter((path) => before.get(path) !== after.get(path))
    .map((path) => `${path} was ${before.get(path) ?? "not set"}, now ${after.get(path) ?? "not set"}`);
}
