import { createHash } from "node:crypto";
import { readdir, stat } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import { MANIFEST_NAME } from "./run-manifest.ts";

/** Paths that lead nowhere, or folders without a GIF: the run was asked for something it cannot do. */
export class NoSuchInputError extends Error {
  override readonly name = "NoSuchInputError";
}

/** How many files a run is about, and which. */
export interface GifSurvey {
  readonly count: number;
  /** Stands for the names (below their folder) and sizes of the files: 12 hex digits that change when the set does. */
  readonly version: string;
}

interface Root {
  /** As it was given, for messages. */
  readonly given: string;
  readonly path: string;
  readonly isFolder: boolean;
}

/**
 * The names of the GIFs and, ending in `/`, of the folders in a folder, sorted. Only names: what a large folder costs in
 * memory while it is walked is some 50 bytes a file. The folder of a run has none, unless it was asked for: a run over the
 * folder that its own results go to would feed on them.
 */
async function namesIn(folder: string, isRoot: boolean): Promise<string[]> {
  const names: string[] = [];
  const entries = await readdir(folder, { withFileTypes: true });
  if (!isRoot && entries.some(({ name }) => name === MANIFEST_NAME)) return [];
  for (const entry of entries) {
    if (entry.isDirectory()) {
      if (!entry.name.startsWith(".")) names.push(`${entry.name}/`);
    } else if (/\.gif$/i.test(entry.name)) names.push(entry.name);
  }
  return names.sort();
}

async function* gifsIn(
  folder: string,
  others: ReadonlySet<string>,
  isRoot = false,
): AsyncGenerator<string, void, undefined> {
  const names = await namesIn(folder, isRoot).catch((error: NodeJS.ErrnoException) => {
    // A folder that went away while others were walked held nothing for this run.
    if (isRoot || error.code !== "ENOENT") throw error;
    return [];
  });
  for (const name of names) {
    const path = join(folder, name.endsWith("/") ? name.slice(0, -1) : name);
    // What was asked for by name comes at its own place.
    if (others.has(path)) continue;
    if (name.endsWith("/")) yield* gifsIn(path, others);
    else yield path;
  }
}

async function rootOf(given: string): Promise<Root> {
  const path = resolve(given);
  const entry = await stat(path).catch((error: NodeJS.ErrnoException) => {
    const reason = error.code === "ENOENT" ? "there is no such file or folder" : error.message;
    throw new NoSuchInputError(`${given}: ${reason}`, { cause: error });
  });
  return { given, path, isFolder: entry.isDirectory() };
}

async function* walk(paths: readonly string[]): AsyncGenerator<[Root, string], void, undefined> {
  const named = new Set(paths.map((path) => resolve(path)));
  const walked = new Set<string>();
  for (const given of paths) {
    const root = await rootOf(given);
    if (walked.has(root.path)) continue;
    walked.add(root.path);
    if (!root.isFolder) {
      yield [root, root.path];
      continue;
    }
    let found = false;
    try {
      for await (const path of gifsIn(root.path, named, true)) {
        found = true;
        yield [root, path];
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).syscall === undefined) throw error;
      throw new NoSuchInputError(`${given} cannot be read: ${(error as Error).message}`, { cause: error });
    }
    const holdsNamed = [...named].some((path) => path.startsWith(`${root.path}/`));
    if (!found && !holdsNamed) throw new NoSuchInputError(`${given}: there is no .gif file in this folder`);
  }
}

/**
 * The files meant by `paths`, one after the other and never all in memory: a file is itself, whatever its name; a folder is
 * every `.gif` file in it and its folders, sorted within each; hidden folders and those of runs are left out, and links to
 * folders are not followed. Absolute, each once.
 *
 * @throws NoSuchInputError when a path does not exist, cannot be read, or is a folder without GIFs
 */
export async function* findGifs(paths: readonly string[]): AsyncGenerator<string, void, undefined> {
  for await (const [, path] of walk(paths)) yield path;
}

/**
 * Counts what `findGifs` will find, which takes some microseconds a file.
 *
 * @throws NoSuchInputError as `findGifs`
 */
export async function surveyGifs(paths: readonly string[]): Promise<GifSurvey> {
  const version = createHash("sha256");
  let count = 0;
  for await (const [root, path] of walk(paths)) {
    count++;
    const size = (await stat(path).catch(() => undefined))?.size ?? -1;
    version.update(`${relative(root.path, path)}\0${size}\n`);
  }
  return { count, version: version.digest("hex").slice(0, 12) };
}
