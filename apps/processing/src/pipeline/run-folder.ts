import { mkdir, readdir, rename, rm, symlink } from "node:fs/promises";
import { join } from "node:path";

function datedName(number: number, preset: string, date: Date): string {
  const two = (value: number): string => String(value).padStart(2, "0");
  const day = `${two(date.getDate())}-${two(date.getMonth() + 1)}-${two(date.getFullYear() % 100)}`;
  return `${String(number).padStart(3, "0")}-${preset}-${day}`;
}

/**
 * Creates the next numbered folder `<parent>/<NNN>-<preset>-<dd-mm-yy>` and points `<parent>/latest` at it.
 * Two runs that start together get two folders.
 *
 * @throws the file system's error when it cannot be created
 */
export async function createRunFolder(parent: string, preset: string, date: Date): Promise<string> {
  await mkdir(parent, { recursive: true });
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
