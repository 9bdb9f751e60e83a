import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import { delimiter, isAbsolute, join } from "node:path";

/**
 * The first executable file called `name` in the folders of `searchPath` (PATH), without starting anything. Relative
 * folders are skipped: a program is not taken from wherever the process happens to stand.
 */
export async function findExecutable(name: string, searchPath: string): Promise<string | undefined> {
  for (const folder of searchPath.split(delimiter)) {
    if (!isAbsolute(folder)) continue;
    const path = join(folder, name);
    try {
      if (!(await stat(path)).isFile()) continue;
      await access(path, constants.X_OK);
      return path;
    } catch {
      // Not there, or not ours to run: the next folder may have it.
    }
  }
  return undefined;
}
