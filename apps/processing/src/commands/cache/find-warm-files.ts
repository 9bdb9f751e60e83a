import { readdir, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { CommandError } from "@giflab/cli-kit";
import { globMatcher } from "@giflab/metrics-core";

/**
 * The files meant by `paths`, absolute, sorted within a folder, each once: a file is itself, a folder those of its files
 * whose name matches `pattern` (in any case).
 *
 * @throws CommandError for a path that does not exist, and when nothing is left
 */
export async function findWarmFiles(
  paths: readonly string[],
  options: { readonly recursive: boolean; readonly pattern: string },
): Promise<readonly string[]> {
  const matches = globMatcher(options.pattern.toLowerCase());
  const found = new Set<string>();
  const addFolder = async (folder: string): Promise<void> => {
    const entries = await readdir(folder, { withFileTypes: true });
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = join(folder, entry.name);
      if (entry.isDirectory() && options.recursive && !entry.name.startsWith(".")) await addFolder(path);
      else if (!entry.isDirectory() && matches(entry.name.toLowerCase())) found.add(path);
    }
  };
  for (const path of paths) {
    const absolute = resolve(path);
    try {
      if ((await stat(absolute)).isDirectory()) await addFolder(absolute);
      else found.add(absolute);
    } catch (cause) {
      const { code, message } = cause as NodeJS.ErrnoException;
      throw new CommandError(`${path}: ${code === "ENOENT" ? "there is no such file or folder" : message}`, 2, {
        cause,
      });
    }
  }
  if (found.size === 0) {
    const advice = options.recursive ? "" : " (-r looks into the folders below too)";
    throw new CommandError(`no file matches "${options.pattern}" in ${paths.join(", ")}${advice}`);
  }
  return [...found];
}
