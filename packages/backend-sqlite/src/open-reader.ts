import { existsSync, readFileSync } from "node:fs";
import { MetricsError } from "@giflab/metrics-core";
import { Connection } from "./connection.ts";
import { type Database, sqliteModule } from "./native-module.ts";
import { fileKind } from "./schema.ts";
import { asMetricsError } from "./sqlite-error.ts";
import { fileIdentity } from "./store-file.ts";

const CACHE_KB = 4096;
/** Places in the header that say which journal the file is read and written with: 1 is a rollback journal, 2 a log. */
const JOURNAL_VERSIONS_AT = [18, 19] as const;

/**
 * Opens the database for queries only. Never waits for a lock: `BACKEND_BUSY` instead. Throws `BACKEND_UNAVAILABLE` when
 * there is none yet, and says what to do.
 */
export function openReader(dbPath: string, onWarning: (message: string) => void): Connection {
  const identity = fileIdentity(dbPath);
  if (identity === undefined) throw nothingRecorded(dbPath);
  try {
    return new Connection(openQueryOnly(dbPath), dbPath, identity);
  } catch (cause) {
    const error = asMetricsError(cause, dbPath);
    if (error.code !== "BACKEND_UNAVAILABLE" || error.cause === undefined) throw error;
    return new Connection(openCopy(dbPath, onWarning), dbPath, identity);
  }
}

/**
 * A connection that cannot change anything. SQLite opens it for writing if it may, because then the last one to close tidies
 * up the log and its index, which every reader of a log needs; one opened for reading only would leave them lying around.
 */
function openQueryOnly(dbPath: string): Database {
  const db = new (sqliteModule())(dbPath, { fileMustExist: true, timeout: 0 });
  try {
    check(db, dbPath);
    db.exec(`PRAGMA query_only = 1; PRAGMA cache_size = -${CACHE_KB}`);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** In a folder that cannot be written there is no place for a log's index: the file as it stands is read into memory. */
function openCopy(dbPath: string, onWarning: (message: string) => void): Database {
  try {
    const bytes = readFileSync(dbPath);
    if (existsSync(`${dbPath}-wal`)) {
      onWarning(`the folder of ${dbPath} cannot be written, so the latest metrics in its log are left out`);
    }
    for (const at of JOURNAL_VERSIONS_AT) if (bytes.length > at) bytes[at] = 1;
    const db = new (sqliteModule())(bytes, { readonly: true });
    check(db, dbPath);
    return db;
  } catch (cause) {
    throw asMetricsError(cause, dbPath);
  }
}

function check(db: Database, dbPath: string): void {
  const kind = fileKind(db, dbPath);
  if (kind === "empty") throw nothingRecorded(dbPath);
  if (kind === "foreign") {
    throw new MetricsError(
      "STORE_FOREIGN",
      `${dbPath} is not a metrics database: name another file with GIFLAB_METRICS_DB`,
    );
  }
}

function nothingRecorded(dbPath: string): MetricsError {
  return new MetricsError(
    "BACKEND_UNAVAILABLE",
    `no metrics recorded yet at ${dbPath}: run your program with monitoring on, or name its file with GIFLAB_METRICS_DB`,
  );
}
