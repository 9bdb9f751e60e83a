import { createRequire } from "node:module";
import { MetricsError } from "@giflab/metrics-core";
import type BetterSqlite3 from "better-sqlite3";

/** An open database. */
export type Database = BetterSqlite3.Database;
export type Statement = BetterSqlite3.Statement;

type Constructor = new (file: string | Buffer, options?: BetterSqlite3.Options) => Database;

let loaded: Constructor | undefined;

/**
 * The native module, loaded on first use. Throws `BACKEND_UNAVAILABLE` when this Node is too old for it or it is not
 * installed for this machine.
 */
export function sqliteModule(): Constructor {
  if (loaded !== undefined) return loaded;
  checkNodeVersion(process.versions.node);
  try {
    loaded = createRequire(import.meta.url)("better-sqlite3") as Constructor;
  } catch (cause) {
    throw new MetricsError("BACKEND_UNAVAILABLE", "better-sqlite3 cannot be loaded on this machine: install it again", {
      cause,
    });
  }
  return loaded;
}

/** Where the native module lies, for threads that load it themselves. */
export function sqliteModulePath(): string {
  return createRequire(import.meta.url).resolve("better-sqlite3");
}

/** better-sqlite3 ends the process with a segmentation fault on a Node that is too old, so the version is looked at first. */
export function checkNodeVersion(version: string): void {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major > 22 || (major === 22 && minor >= 18)) return;
  throw new MetricsError(
    "BACKEND_UNAVAILABLE",
    `@giflab/backend-sqlite needs Node.js 22.18 or newer, this is ${version}: update Node.js, or keep metrics in memory`,
  );
}
