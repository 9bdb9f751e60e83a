import { MetricsError } from "@giflab/metrics-core";
import type { Database } from "./native-module.ts";

/** In the file's header, so that `file` and we know whose it is: "GLMT". */
export const APPLICATION_ID = 0x474c4d54;
export const SCHEMA_VERSION = 2;
/** Smaller than SQLite's 4096: rows of a few hundred bytes to a few KB waste less of it. */
export const PAGE_BYTES = 1024;

/** Bits of a chunk's key that are the series. */
const SERIES_BITS = 28;

/** Finds the rows that are not sealed without passing by those that are. New in version 2. */
const HOT_INDEX = "CREATE INDEX metrics_hot ON metrics (timestamp, writer, points) WHERE block IS NULL";

/**
 * The samples of a series in a block. A table by row id holds rows of up to a page in one piece, others only up to a
 * quarter of one; so the key is one number: the block's times 2^28 plus the series'. A block has 2^25 numbers, a series 2^28.
 */
const CHUNK_TABLE = `CREATE TABLE chunk (
  id INTEGER PRIMARY KEY,
  block INTEGER AS (id >> ${SERIES_BITS}) VIRTUAL,
  series INTEGER AS (id & ${2 ** SERIES_BITS - 1}) VIRTUAL,
  count REAL,
  sum REAL,
  min REAL,
  max REAL,
  sketch BLOB,
  data BLOB NOT NULL
)`;

const DROP_TRIGGER = `CREATE TRIGGER drop_empty_block AFTER DELETE ON metrics WHEN OLD.block IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM metrics WHERE block = OLD.block)
BEGIN
  DELETE FROM chunk WHERE id BETWEEN OLD.block << ${SERIES_BITS} AND (OLD.block << ${SERIES_BITS}) + ${2 ** SERIES_BITS - 1};
  DELETE FROM block WHERE id = OLD.block;
END`;

/**
 * One row of `metrics` per flush of a process (or per rollup tick). `timestamp` is a real number in a typed column, so that
 * the operations manual's `DELETE FROM metrics WHERE timestamp < strftime('%s', ...)` compares numbers. `data` holds the
 * points until the row is sealed into a block of per-series chunks, and is NULL afterwards; deleting the rows of a block
 * deletes the block. The rest is explained in docs/sqlite-store.md.
 */
const TABLES = `
CREATE TABLE metrics (
  id INTEGER PRIMARY KEY,
  timestamp REAL NOT NULL,
  start REAL NOT NULL,
  resolution INTEGER NOT NULL DEFAULT 0,
  writer INTEGER NOT NULL,
  first_seq INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  points INTEGER NOT NULL,
  block INTEGER,
  data BLOB
);
CREATE INDEX metrics_time ON metrics (timestamp, writer, points);
CREATE INDEX metrics_block ON metrics (block) WHERE block IS NOT NULL;
${HOT_INDEX};
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
  last_seq INTEGER NOT NULL,
  last_end REAL NOT NULL,
  closed_at REAL
);
CREATE TABLE metric (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  kind TEXT NOT NULL,
  definition TEXT NOT NULL,
  UNIQUE (name, kind)
);
CREATE TABLE series (
  id INTEGER PRIMARY KEY,
  metric INTEGER NOT NULL,
  tags TEXT NOT NULL,
  seen REAL NOT NULL,
  UNIQUE (metric, tags)
);
CREATE TABLE block (
  id INTEGER PRIMARY KEY,
  first_time REAL NOT NULL,
  last_time REAL NOT NULL,
  resolution INTEGER NOT NULL,
  ticks BLOB NOT NULL
);
${CHUNK_TABLE};
CREATE TABLE state (key TEXT PRIMARY KEY, value TEXT NOT NULL, version INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE settings (key TEXT PRIMARY KEY, value REAL NOT NULL) WITHOUT ROWID;
${DROP_TRIGGER};
`;

/** What a file turns out to be. */
export type FileKind = "empty" | "ours" | "foreign";

const LOOK = `SELECT (SELECT application_id FROM pragma_application_id) AS application,
  (SELECT user_version FROM pragma_user_version) AS version, (SELECT count(*) FROM sqlite_schema) AS entries`;

/**
 * Looks at an open file. Throws `STORE_NEWER` for one of ours that a newer version of this package wrote, and what SQLite
 * throws for something that is no database.
 */
export function fileKind(db: Database, dbPath: string): FileKind {
  const found = db.prepare(LOOK).get() as { application: number; version: number; entries: number };
  if (found.application !== APPLICATION_ID) {
    return found.entries === 0 && found.application === 0 && found.version === 0 ? "empty" : "foreign";
  }
  if (found.version > SCHEMA_VERSION) {
    throw new MetricsError(
      "STORE_NEWER",
      `${dbPath} was written by a newer version (schema ${found.version}, this one knows ${SCHEMA_VERSION}): update @giflab/backend-sqlite or set another dbPath`,
    );
  }
  return "ours";
}

/** Makes the tables in an empty file, in one transaction; several processes may try at once. */
export function createSchema(db: Database, dbPath: string): void {
  db.exec("BEGIN IMMEDIATE");
  try {
    if (fileKind(db, dbPath) === "empty") {
      db.exec(TABLES);
      // Starts anywhere, so that what somebody knows of a former file at this path does not fit this one by chance.
      const generation = process.getBuiltinModule("node:crypto").randomInt(1, 2 ** 31);
      db.prepare("INSERT INTO settings VALUES ('generation', ?), ('revision', 1)").run(generation);
      db.pragma(`user_version = ${SCHEMA_VERSION}`);
      db.pragma(`application_id = ${APPLICATION_ID}`);
    }
    db.exec("COMMIT");
  } catch (error) {
    if (db.inTransaction) db.exec("ROLLBACK");
    throw error;
  }
}

/**
 * Brings a file of an earlier version up to this one, in one transaction; several processes may try at once. Version 1 is
 * the same without sealed rows, and so without the index for those that are not.
 */
export function migrateSchema(db: Database, dbPath: string): void {
  if (db.pragma("user_version", { simple: true }) === SCHEMA_VERSION) return;
  db.exec("BEGIN IMMEDIATE");
  try {
    if (fileKind(db, dbPath) === "ours" && db.pragma("user_version", { simple: true }) === 1) {
      // Version 1 has made no chunks.
      db.exec(`DROP TRIGGER drop_empty_block; DROP TABLE chunk; ${CHUNK_TABLE}; ${DROP_TRIGGER}; ${HOT_INDEX}`);
      db.pragma(`user_version = ${SCHEMA_VERSION}`);
    }
    db.exec("COMMIT");
  } catch (error) {
    if (db.inTransaction) db.exec("ROLLBACK");
    throw error;
  }
}

/** First number beyond the series that a chunk's key can name. */
export const SERIES_LIMIT: number = 2 ** SERIES_BITS;

/** The key of a chunk. */
export function chunkId(block: number, series: number): number {
  return block * SERIES_LIMIT + series;
}

/** First and last key that the chunks of a block may have. */
export function chunkIds(block: number): [number, number] {
  return [chunkId(block, 0), chunkId(block, SERIES_LIMIT - 1)];
}
