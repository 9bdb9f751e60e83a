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

/**
 * Writes the log back to the database in a thread of its own, because the disk may take its time. `PASSIVE` takes what it
 * can without waiting; `TRUNCATE` also empties the log unless others hold it for half a second. Does not keep the process
 * alive. Resolves to whether it was done.
 */
export function checkpointInBackground(dbPath: string, mode: "PASSIVE" | "TRUNCATE"): Promise<boolean> {
  return new Promise((resolve) => {
    try {
      const workerData = { module: sqliteModulePath(), dbPath, mode };
      const worker = new Worker(THREAD, { eval: true, workerData, execArgv: [], env: {}, stdout: true, stderr: true });
      if (mode === "PASSIVE") worker.unref();
      worker.once("error", () => resolve(false));
      worker.once("exit", (code) => resolve(code === 0));
    } catch {
      // No threads here, for instance under --permission.
      resolve(false);
    }
  });
}
