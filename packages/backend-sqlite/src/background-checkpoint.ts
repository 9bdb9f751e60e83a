import { Worker } from "node:worker_threads";
import { sqliteModulePath } from "./native-module.ts";

/** The whole thread. A text, so that it runs from source, from a build and out of any bundle. */
const THREAD = `
const { workerData } = require("node:worker_threads");
const Database = require(workerData.module);
const db = new Database(workerData.dbPath, { fileMustExist: true, timeout: 500 });
try {
  db.pragma("wal_checkpoint(" + workerData.mode + ")");
} finally {
  db.close();
}
`;

/** A checkpoint under way. */
export interface BackgroundCheckpoint {
  /** Resolves to whether it was done; never rejects. */
  readonly done: Promise<boolean>;
  /** Keeps the process alive until it is done, for somebody who waits for it. */
  hold(): void;
}

/**
 * Writes the log back to the database in a thread of its own, because the disk may take its time. `PASSIVE` takes what it
 * can without waiting; `TRUNCATE` also empties the log unless others hold it for half a second.
 */
export function checkpointInBackground(dbPath: string, mode: "PASSIVE" | "TRUNCATE"): BackgroundCheckpoint {
  try {
    const workerData = { module: sqliteModulePath(), dbPath, mode };
    const worker = new Worker(THREAD, { eval: true, workerData, execArgv: [], env: {}, stdout: true, stderr: true });
    worker.unref();
    const done = new Promise<boolean>((resolve) => {
      worker.once("error", () => resolve(false));
      worker.once("exit", (code) => resolve(code === 0));
    });
    return { done, hold: () => worker.ref() };
  } catch {
    // No threads here, for instance under --permission.
    return { done: Promise.resolve(false), hold: () => {} };
  }
}
