import { createRequire } from "node:module";
import { MetricsError } from "@giflab/metrics-core";
import type BetterSqlite3 from "better-sqlite3";

/** An open database. */
export type Database = BetterSqlite3.Database;
export type Statement = BetterSqlite3.Statement;

type Constructor = new (path: string, options?: BetterSqlite3.Options) => Database;

let loaded: Constructor | undefined;

/**
 * The native module, loaded on first use: better-sqlite3 ends the process on a Node that is too old, so the version is
 * looked at first. Throws `BACKEND_UNAVAILABLE`.
 */
export function sqliteModule(): Constructor {
  if (loaded !== undefined) return loaded;
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major < 22 || (major === 22 && minor < 18)) {
    throw new MetricsError(
      "BACKEND_UNAVAILABLE",
      `@giflab/backend-sqlite needs Node.js 22.18 or newer, this is ${process.versions.node}`,
    );
  }
  try {
    loaded = createRequire(import.meta.url)("better-sqlite3") as Constructor;
  } catch (cause) {
    throw new MetricsError("BACKEND_UNAVAILABLE", "better-sqlite3 cannot be loaded on this machine: install it again", {
      cause,
    });
  }
  return loaded;
}
