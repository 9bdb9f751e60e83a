import { readFileSync, realpathSync } from "node:fs";
import { dirname, isAbsolute, join, resolve } from "node:path";

/**
 * The commit that is checked out in the git work tree around `folder`; `undefined` outside of one, and for an installed
 * package (the work tree around that is somebody else's). Reads two small files and starts no process.
 */
export function codeCommit(folder: string): string | undefined {
  try {
    const real = realpathSync(folder);
    if (real.split(/[\\/]/).includes("node_modules")) return undefined;
    for (let at = real; ; at = dirname(at)) {
      const git = gitFolder(join(at, ".git"));
      if (git !== undefined) return headOf(git);
      if (dirname(at) === at) return undefined;
    }
  } catch {
    return undefined;
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return undefined;
  }
}

/** `.git` is a folder, or in further work trees a file that names it. */
function gitFolder(path: string): string | undefined {
  if (read(join(path, "HEAD")) !== undefined) return path;
  const [, named] = /^gitdir: (.+)$/.exec(read(path) ?? "") ?? [];
  return named === undefined || isAbsolute(named) ? named : resolve(dirname(path), named);
}

function headOf(git: string): string | undefined {
  const head = read(join(git, "HEAD")) ?? "";
  const [, ref] = /^ref: (.+)$/.exec(head) ?? [];
  if (ref === undefined) return /^[0-9a-f]{40,64}$/.test(head) ? head : undefined;
  const common = resolve(git, read(join(git, "commondir")) ?? ".");
  const loose = read(join(common, ref));
  if (loose !== undefined) return loose;
  const packed = read(join(common, "packed-refs"))?.split("\n");
  return packed?.find((line) => line.endsWith(` ${ref}`))?.split(" ")[0];
}
