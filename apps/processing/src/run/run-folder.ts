import { mkdir, readdir, rename, rm, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";

function datedName(number: number, preset: string, date: Date): string {
  const two = (value: number): string => String(value).padStart(2, "0");
  const day = `${two(date.getDate())}-${two(date.getMonth() + 1)}-${two(date.getFullYear() % 100)}`;
  return `${String(number).padStart(3, "0")}-${preset}-${day}`;
}

/** Creates a folder and those above it. (The recursive `mkdir` of Node never returns below folders such as /proc.) */
async function makeFolders(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") return;
    if (code !== "ENOENT" || dirname(path) === path) throw error;
    await makeFolders(dirname(path));
    await mkdir(path).catch((again: NodeJS.ErrnoException) => {
      if (again.code !== "EEXIST") throw again;
    });
  }
}

/**
 * Creates the next numbered folder `<parent>/<NNN>-<preset>-<dd-mm-yy>` and points `<parent>/latest` at it.
 * Two runs that start together get two folders.
 *
 * @throws the file system's error when it cannot be created
 */
export async function createRunFolder(parent: string, preset: string, date: Date): Promise<string> {
  await makeFolders(parent);
  for (;;) {
    const numbers = (await readdir(parent)).map((name) => Number(/^(\d{3,})-/.exec(name)?.[1] ?? 0));
    const name = datedName(Math.max(0, ...numbers) + 1, preset, date);
    try {
      await mkdir(join(parent, name));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EEXIST") continue;
      throw error;
    }
    await pointLatest(parent, name);
    return join(parent, name);
  }
}

/** The link is a convenience: where links are not to be had, or something else bears the name, the run goes on without. */
async function pointLatest(parent: string, name: string): Promise<void> {
  const unfinished = join(parent, `.latest-${process.pid}`);
  try {
    await rm(unfinished, { force: true });
    await symlink(name, unfinished);
    await rename(unfinished, join(parent, "latest"));
  } catch {
    await rm(unfinished, { force: true });
  }
}
