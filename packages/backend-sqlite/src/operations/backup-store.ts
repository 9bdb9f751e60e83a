import { existsSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { MetricsError } from "@giflab/metrics-core";
import type { Connection } from "../connection.ts";
import { asMetricsError } from "../sqlite-error.ts";
import { resolveSqliteOptions, type SqliteOptions } from "../sqlite-options.ts";
import { fileIdentity } from "../store-file.ts";
import { CompleteFile, fileExists } from "./complete-file.ts";
import { openForReading } from "./expect-store.ts";
import { type OperationOptions, ProgressReporter } from "./operation-progress.ts";

export interface BackupOptions extends SqliteOptions, OperationOptions {
  /** The file to make. */
  readonly target: string;
  /** Whether a file that is there is replaced. Default false. */
  readonly overwrite?: boolean | undefined;
}

/** What `backupStore` has made. */
export interface BackupReport {
  readonly dbPath: string;
  readonly target: string;
  readonly bytes: number;
}

/** Copied in one turn of the event loop: about a megabyte, some milliseconds. */
const PAGES_PER_STEP = 1024;

/**
 * Copies a store into a new file while programs write. The copy is the state of one moment after the call: it holds
 * everything that was acknowledged before, in the log or not. It appears under its name when it is complete and
 * synchronised, or not at all. Until then writers go on, and their log grows by what they write.
 *
 * Throws `INVALID_OPTION` when the target exists (unless `overwrite`) or is the store itself, `BACKEND_UNAVAILABLE` when
 * there is no store or the target cannot be written, `BACKEND_FULL` on a full disk, `STORE_CORRUPT` for a store that
 * cannot be read to its end, and the signal's reason.
 */
export async function backupStore({ target, overwrite = false, ...options }: BackupOptions): Promise<BackupReport> {
  const settings = resolveSqliteOptions({ ...options, readonly: true });
  const { dbPath } = settings;
  const path = resolve(target);
  const connection = await openForReading(settings);
  try {
    if (fileIdentity(path) === connection.identity) {
      throw new MetricsError("INVALID_OPTION", `${path} is the store itself: name another file`);
    }
    if (!overwrite && existsSync(path)) throw fileExists(path);
    const file = new CompleteFile(path, overwrite);
    try {
      await copy(connection, file.temporary, options);
      file.finish();
    } catch (cause) {
      file.abandon();
      throw cause;
    }
    return { dbPath, target: path, bytes: statSync(path).size };
  } finally {
    connection.close();
  }
}

/** With a transaction open, or each flush of somebody else would begin the copy anew. */
async function copy(connection: Connection, to: string, { signal, ...operation }: OperationOptions): Promise<void> {
  const reporter = new ProgressReporter(operation);
  signal?.throwIfAborted();
  connection.statement("BEGIN").run();
  connection.value("SELECT count(*) FROM sqlite_schema");
  try {
    await connection.db.backup(to, {
      progress: ({ totalPages, remainingPages }) => {
        signal?.throwIfAborted();
        reporter.offer(() => ({
          phase: "copying",
          done: totalPages - remainingPages,
          total: totalPages,
          unit: "pages",
        }));
        return PAGES_PER_STEP;
      },
    });
  } catch (cause) {
    if (cause === signal?.reason) throw cause;
    const error = asMetricsError(cause, to);
    throw error.code === "STORE_CORRUPT" ? asMetricsError(cause, connection.path) : error;
  } finally {
    if (connection.db.inTransaction) connection.statement("COMMIT").run();
  }
}
