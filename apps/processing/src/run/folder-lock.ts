import { createRequire } from "node:module";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import type { Database } from "better-sqlite3";

const RETRY_MS = 20;
const GIVE_UP_SECONDS = 60;

/** Somebody else has what a lock protects. */
export class LockedError extends Error {
  override readonly name = "LockedError";
}

function openLock(path: string): Database | undefined {
  let Sqlite: typeof import("better-sqlite3");
  try {
    Sqlite = createRequire(import.meta.url)("better-sqlite3") as typeof import("better-sqlite3");
  } catch {
    return undefined;
  }
  // SQLite for its locks alone: nothing is ever stored.
  return new Sqlite(path, { timeout: 0 });
}

/**
 * Does `work` while no other process or run does anything under the same lock. The operating system holds it: it is free
 * again as soon as the process that had it is gone, however it ended. Leaves the empty file `<folder>/<name>` behind. On a
 * machine where better-sqlite3 cannot be loaded there is no lock.
 *
 * @param waitSeconds how long to wait for another; default 60
 * @throws LockedError when another holds it for longer; SQLite's error where none can be made
 */
export async function withFolderLock<T>(
  folder: string,
  name: string,
  work: () => Promise<T>,
  waitSeconds = GIVE_UP_SECONDS,
): Promise<T> {
  const lock = openLock(join(folder, name));
  try {
    if (lock !== undefined) await begin(lock, join(folder, name), waitSeconds);
    return await work();
  } finally {
    lock?.close();
  }
}

async function begin(lock: Database, path: string, waitSeconds: number): Promise<void> {
  const until = performance.now() + waitSeconds * 1000;
  for (;;) {
    try {
      lock.exec("BEGIN EXCLUSIVE");
      return;
    } catch (error) {
      if ((error as { code?: string }).code !== "SQLITE_BUSY") throw error;
      if (performance.now() >= until) throw new LockedError(`${path} is held by another run`, { cause: error });
      await setTimeout(RETRY_MS);
    }
  }
}
