import { MetricsError } from "@giflab/metrics-core";
import type { Database } from "./native-module.ts";

/** In the file's header, so that `file` and we know whose it is: "GLMT". */
export const APPLICATION_ID = 0x474c4d54;
export const SCHEMA_VERSION = 1;
export const PAGE_BYTES = 1024;

/**
 * One row of `metrics` per flush of a process (or per rollup tick). `timestamp` is a real number in a typed column, so that
 * the operations manual's `DELETE FROM metrics WHERE timestamp < strftime('%s', ...)` compares numbers.
 * `data` holds the points until the row is sealed into a block of per-series chunks, and is NULL afterwards.
 */
const TABLES = `
CREATE TABLE metrics (
  id INTEGER PRIMARY KEY,
  timestamp REAL NOT NULL,
  duration REAL NOT NULL,
  resolution INTEGER NOT NULL DEFAULT 0,
  writer INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  first_seq INTEGER NOT NULL,
  points INTEGER NOT NULL,
  block INTEGER,
  data BLOB
);
CREATE INDEX metrics_timestamp ON metrics (timestamp);
CREATE INDEX metrics_block ON metrics (block) WHERE block IS NOT NULL;
CREATE TABLE writer (
  id INTEGER PRIMARY KEY,
  writer_id TEXT NOT NULL UNIQUE,
  service TEXT NOT NULL,
  version TEXT NOT NULL,
  host TEXT NOT NULL,
  pid INTEGER NOT NULL,
  thread INTEGER NOT NULL,
  start_time REAL NOT NULL,
  flush_interval REAL NOT NULL,
  last_seq INTEGER NOT NULL DEFAULT 0,
  last_end REAL NOT NULL,
  closed_at REAL
);
CREATE INDEX writer_last_end ON writer (last_end);
CREATE TABLE series (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  kind TEXT NOT NULL,
  tags TEXT NOT NULL,
  definition TEXT NOT NULL,
  UNIQUE (name, kind, tags)
);
CREATE TABLE derived (name TEXT PRIMARY KEY, definition TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE block (id INTEGER PRIMARY KEY, t0 REAL NOT NULL, t1 REAL NOT NULL, n INTEGER NOT NULL, times BLOB NOT NULL);
CREATE TABLE chunk (
  block INTEGER NOT NULL,
  series INTEGER NOT NULL,
  count REAL,
  sum REAL,
  min REAL,
  max REAL,
  sketch BLOB,
  data BLOB NOT NULL,
  PRIMARY KEY (block, series)
) WITHOUT ROWID;
CREATE TABLE state (key TEXT PRIMARY KEY, value TEXT NOT NULL, version INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE settings (key TEXT PRIMARY KEY, value NOT NULL) WITHOUT ROWID;
INSERT INTO settings VALUES ('generation', 1);
CREATE TRIGGER drop_empty_block AFTER DELETE ON metrics WHEN OLD.block IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM metrics WHERE block = OLD.block)
BEGIN
  DELETE FROM chunk WHERE block = OLD.block;
  DELETE FROM block WHERE id = OLD.block;
END;
`;

/** What a file turns out to be. */
export type FileKind = "empty" | "ours" | "foreign";

/** Looks at an open file. Throws what SQLite throws for something that is no database. */
export function fileKind(db: Database): FileKind {
  if (db.pragma("application_id", { simple: true }) === APPLICATION_ID) return "ours";
  const tables = db.prepare("SELECT count(*) FROM sqlite_schema").pluck().get() as number;
  return tables === 0 ? "empty" : "foreign";
}

/** Refuses what was written by a newer version of this package, and leaves it untouched. */
export function checkVersion(db: Database, dbPath: string): void {
  const version = db.pragma("user_version", { simple: true }) as number;
  if (version > SCHEMA_VERSION) {
    throw new MetricsError(
      "STORE_NEWER",
      `${dbPath} was written by a newer version (schema ${version}, this reads up to ${SCHEMA_VERSION}): update @giflab/backend-sqlite or set another dbPath`,
    );
  }
}

/** Makes the tables in an empty file, in one transaction; several processes may try at once. */
export function createSchema(db: Database): void {
  db.exec("BEGIN IMMEDIATE");
  try {
    if (fileKind(db) === "empty") {
      db.exec(TABLES);
      db.pragma(`user_version = ${SCHEMA_VERSION}`);
      db.pragma(`application_id = ${APPLICATION_ID}`);
    }
    db.exec("COMMIT");
  } catch (error) {
    db.exec("ROLLBACK");
    throw error;
  }
}
