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

let made = 0;

/**
 * Creates the next numbered folder `<parent>/<NNN>-<preset>-<dd-mm-yy>` and points `<parent>/latest` at it.
 * Two runs that start together get two folders.
 *
 * @param fill puts something into the folder before it gets its name: the folder is never seen without
 * @throws the file system's error when it cannot be created
 */
export async function createRunFolder(
  parent: string,
  preset: string,
  date: Date,
  fill: (folder: string) => Promise<void>,
): Promise<string> {
  await makeFolders(parent);
  const unnamed = join(parent, `.new-${process.pid}-${made++}`);
  await rm(unnamed, { recursive: true, force: true });
  await mkdir(unnamed);
  try {
    await fill(unnamed);
    const name = await nameFolder(unnamed, parent, preset, date);
    await pointLatest(parent, name);
    return join(parent, name);
  } catch (error) {
    await rm(unnamed, { recursive: true, force: true });
    throw error;
  }
}

async function nameFolder(unnamed: string, parent: string, preset: string, date: Date): Promise<string> {
  for (;;) {
    const numbers = (await readdir(parent)).map((name) => Number(/^(\d{3,})-/.exec(name)?.[1] ?? 0));
    const name = datedName(Math.max(0, ...numbers) + 1, preset, date);
    try {
      await rename(unnamed, join(parent, name));
      return name;
    } catch (error) {
      if (!["EEXIST", "ENOTEMPTY"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
    }
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
