import { readdir, stat } from "node:fs/promises";
import { join, resolve } from "node:path";

/** Paths that lead nowhere, or folders without a GIF: the run was asked for something it cannot do. */
export class NoSuchInputError extends Error {
  override readonly name = "NoSuchInputError";
}

/** The `.gif` files in a folder and the folders in it, sorted; hidden folders are left out, links are not followed. */
async function gifsIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const found: string[] = [];
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && !entry.name.startsWith(".")) found.push(...(await gifsIn(path)));
    else if (/\.gif$/i.test(entry.name) && !entry.isDirectory()) found.push(path);
  }
  return found;
}

/**
 * The files meant by `paths`: a file is itself, whatever its name; a folder is every GIF in it. Absolute, each once.
 *
 * @throws NoSuchInputError when a path does not exist, cannot be read, or is a folder without GIFs
 */
export async function findGifs(paths: readonly string[]): Promise<string[]> {
  const found = new Set<string>();
  for (const path of paths) {
    const absolute = resolve(path);
    const entry = await stat(absolute).catch((error: NodeJS.ErrnoException) => {
      const reason = error.code === "ENOENT" ? "there is no such file or folder" : error.message;
      throw new NoSuchInputError(`${path}: ${reason}`, { cause: error });
    });
    if (!entry.isDirectory()) {
      found.add(absolute);
      continue;
    }
    const gifs = await gifsIn(absolute).catch((error: Error) => {
      throw new NoSuchInputError(`${path} cannot be read: ${error.message}`, { cause: error });
    });
    if (gifs.length === 0) throw new NoSuchInputError(`${path}: there is no .gif file in this folder`);
    for (const gif of gifs) found.add(gif);
  }
  return [...found];
}
