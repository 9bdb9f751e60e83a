import { chmodSync, mkdirSync, renameSync, rmSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import type { Database as BetterSqlite3Database } from "better-sqlite3";

export type Database = BetterSqlite3Database;

/** "gLca": marks a file as a cache of ours. */
const APPLICATION_ID = 0x674c6361;
/** Raised when the tables change: a cache of another layout is emptied, as everything in it can be made again. */
const LAYOUT = 1;

const SCHEMA = `
  CREATE TABLE entry(
    cache_key TEXT PRIMARY KEY,
    label TEXT NOT NULL,
    variant TEXT NOT NULL,
    format INTEGER NOT NULL,
    checksum INTEGER NOT NULL,
    data_size INTEGER NOT NULL,
    created_at REAL NOT NULL,
    last_accessed REAL NOT NULL,
    access_count INTEGER NOT NULL DEFAULT 0,
    data BLOB NOT NULL
  );
  CREATE INDEX entry_by_use ON entry(last_accessed, data_size);
  CREATE INDEX entry_by_label ON entry(label, variant);
  CREATE INDEX entry_by_age ON entry(created_at);
  CREATE TABLE total(entries INTEGER NOT NULL, bytes INTEGER NOT NULL);
  INSERT INTO total VALUES (0, 0);
  CREATE TRIGGER entry_added AFTER INSERT ON entry BEGIN
    UPDATE total SET entries = entries + 1, bytes = bytes + NEW.data_size;
  END;
  CREATE TRIGGER entry_removed AFTER DELETE ON entry BEGIN
    UPDATE total SET entries = entries - 1, bytes = bytes - OLD.data_size;
  END;
`;

/** The file at a cache's path is a database, but not a cache of ours; it is left alone. */
export class ForeignFileError extends Error {
  override readonly name = "ForeignFileError";
}

/** The code of an SQLite error, such as `SQLITE_BUSY`; `undefined` for other errors. */
export function sqliteCode(error: unknown): string | undefined {
  const code = error instanceof Error ? (error as Error & { code?: unknown }).code : undefined;
  return typeof code === "string" && code.startsWith("SQLITE_") ? code : undefined;
}

/** Somebody else holds the lock: what was wanted can be done later or left out. */
export function isBusy(error: unknown): boolean {
  return /^SQLITE_(BUSY|LOCKED)/.test(sqliteCode(error) ?? "");
}

/** The file is damaged or is no database. */
export function isDamaged(error: unknown): boolean {
  return /^SQLITE_(CORRUPT|NOTADB)/.test(sqliteCode(error) ?? "");
}

function load(): typeof import("better-sqlite3") {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major < 22 || (major === 22 && minor < 18)) {
    throw new Error(`the disk caches need Node 22.18 or newer, this is ${process.versions.node}`);
  }
  return createRequire(import.meta.url)("better-sqlite3") as typeof import("better-sqlite3");
}

/**
 * Opens a cache file for reading and writing, making it and its folder when missing. Never waits for a lock.
 * A damaged file is moved to `<path>.corrupt` and begun anew.
 *
 * @throws ForeignFileError for somebody else's database; SQLite's and the file system's own errors
 */
export function openCacheDatabase(path: string): Database {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  try {
    return open(path);
  } catch (error) {
    if (!isDamaged(error)) throw error;
    setAside(path);
    return open(path);
  }
}

/** Opens an existing cache file to look into it; `undefined` when there is none. */
export function openCacheDatabaseReadonly(path: string): Database | undefined {
  if (statSync(path, { throwIfNoEntry: false }) === undefined) return undefined;
  const database = new (load())(path, { readonly: true, timeout: 0 });
  try {
    if (!isOurs(database)) throw new ForeignFileError(`${path} is not a cache of this program`);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Moves a damaged cache out of the way. */
export function setAside(path: string): void {
  renameSync(path, `${path}.corrupt`);
  for (const suffix of ["-wal", "-shm"]) rmSync(path + suffix, { force: true });
}

function isOurs(database: Database): boolean {
  return database.pragma("application_id", { simple: true }) === APPLICATION_ID;
}

function open(path: string): Database {
  const database = new (load())(path, { timeout: 0 });
  try {
    const empty = database.prepare("SELECT count(*) FROM sqlite_master").pluck().get() === 0;
    if (!empty && !isOurs(database)) {
      throw new ForeignFileError(`${path} is a database of another program: give the cache a path of its own`);
    }
    if (empty) {
      database.pragma("page_size = 8192");
      database.pragma("auto_vacuum = INCREMENTAL");
    }
    database.pragma("journal_mode = WAL");
    database.pragma("synchronous = NORMAL");
    database.pragma(`journal_size_limit = ${16 * 2 ** 20}`);
    if (empty || database.pragma("user_version", { simple: true }) !== LAYOUT) lay(database);
    chmodSync(path, 0o600);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function lay(database: Database): void {
  database
    .transaction(() => {
      // Another process may have been faster.
      if (isOurs(database) && database.pragma("user_version", { simple: true }) === LAYOUT) return;
      database.exec("DROP TABLE IF EXISTS entry; DROP TABLE IF EXISTS total;");
      database.exec(SCHEMA);
      database.pragma(`application_id = ${APPLICATION_ID}`);
      database.pragma(`user_version = ${LAYOUT}`);
    })
    .immediate();
}
