import { homedir } from "node:os";
import { join, resolve } from "node:path";

/** An absolute path: `~` is the home folder, a relative path begins at `folder`. */
export function resolvePath(path: string, folder: string): string {
  if (path === "~" || path.startsWith("~/") || path.startsWith("~\\")) return join(homedir(), path.slice(1));
  return resolve(folder, path);
}
