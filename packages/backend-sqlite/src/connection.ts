import { existsSync } from "node:fs";
import { isMetricsError, MetricsError } from "@giflab/metrics-core";
import { type Database, type Statement, sqliteModule } from "./native-module.ts";
import { checkVersion, createSchema, fileKind, PAGE_BYTES } from "./schema.ts";
import { asMetricsError } from "./sqlite-error.ts";
import type { SqliteSettings } from "./sqlite-options.ts";
import { fileIdentity, headerIsOurs, onNetworkFileSystem, prepareFile, setAside } from "./store-file.ts";

/** The write-ahead log is cut back to this after a checkpoint; it counts towards the size cap. */
const MAX_WAL_LIMIT_BYTES = 4 * 2 ** 20;
/** A reader may have to wait for the recovery of a log that a killed process left. */
const READER_TIMEOUT_MS = 1000;

/** An open database with its prepared statements. */
export class Connection {
  readonly db: Database;
  /** Which file it is, to notice that an operator has removed it. */
  readonly identity: string | undefined;
  readonly #statements = new Map<string, Statement>();

  constructor(db: Database, path: string) {
    this.db = db;
    this.identity = fileIdentity(path);
  }

  /** Prepares each text once. */
  statement(sql: string): Statement {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.db.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  /** Runs `work` in a transaction that takes the write lock first, so that it cannot fail half-way for want of it. */
  immediate<T>(work: () => T): T {
    this.db.exec("BEGIN IMMEDIATE");
    try {
      const result = work();
      this.db.exec("COMMIT");
      return result;
    } catch (error) {
      if (this.db.inTransaction) this.db.exec("ROLLBACK");
      throw error;
    }
  }

  /** Runs `work` on one consistent state of the database. */
  snapshot<T>(work: () => T): T {
    this.db.exec("BEGIN");
    try {
      return work();
    } finally {
      if (this.db.inTransaction) this.db.exec("COMMIT");
    }
  }

  close(): void {
    this.#statements.clear();
    this.db.close();
  }
}

/** Bytes that the log may keep: at most a tenth of the cap. */
export function walLimit(maxBytes: number): number {
  return Math.min(MAX_WAL_LIMIT_BYTES, Math.floor(maxBytes / 10));
}

/**
 * Opens the database for writing and makes it where there is none. Never waits for a lock: `BACKEND_BUSY` instead.
 * A damaged file of ours is set aside with a warning; a foreign or newer one is refused untouched.
 */
export function openWriter(settings: SqliteSettings): Connection {
  const { dbPath } = settings;
  try {
    prepareFile(dbPath);
    return configureWriter(settings);
  } catch (cause) {
    const error = asMetricsError(cause, dbPath);
    const damaged = error.code === "STORE_CORRUPT" || (error.code === "STORE_FOREIGN" && error.cause !== undefined);
    if (!damaged || !headerIsOurs(dbPath)) throw error;
  }
  const aside = setAside(dbPath, settings.clock.now());
  settings.onWarning(`${dbPath} was damaged; it is now ${aside}, and a new one was begun`);
  try {
    prepareFile(dbPath);
    return configureWriter(settings);
  } catch (cause) {
    throw asMetricsError(cause, dbPath);
  }
}

function configureWriter(settings: SqliteSettings): Connection {
  const { dbPath, durability, maxBytes } = settings;
  const db = new (sqliteModule())(dbPath, { timeout: 0 });
  try {
    const kind = fileKind(db);
    if (kind === "foreign") {
      throw new MetricsError("STORE_FOREIGN", `${dbPath} is somebody else's database: set another dbPath`);
    }
    if (kind === "ours") checkVersion(db, dbPath);
    if (kind === "empty") {
      db.pragma(`page_size = ${PAGE_BYTES}`);
      db.pragma("auto_vacuum = INCREMENTAL");
    }
    if (onNetworkFileSystem(dbPath)) {
      settings.onWarning(
        `${dbPath} lies on a network file system, where several processes should not share it; use a local disk`,
      );
    } else if (db.pragma("journal_mode", { simple: true }) !== "wal") {
      db.pragma("journal_mode = WAL");
    }
    if (kind === "empty") createSchema(db);
    db.pragma(`synchronous = ${durability === "power" ? "FULL" : "NORMAL"}`);
    db.pragma(`journal_size_limit = ${walLimit(maxBytes)}`);
    // Checkpoints belong to maintenance, not to whichever flush happens to fill the log.
    db.pragma("wal_autocheckpoint = 0");
    const pageBytes = db.pragma("page_size", { simple: true }) as number;
    db.pragma(`max_page_count = ${Math.floor((maxBytes - walLimit(maxBytes)) / pageBytes)}`);
    return new Connection(db, dbPath);
  } catch (error) {
    db.close();
    throw error;
  }
}

/** Opens the database for queries only. Throws `BACKEND_UNAVAILABLE` when there is none yet, and says what to do. */
export function openReader(dbPath: string): Connection {
  if (!existsSync(dbPath)) {
    throw new MetricsError(
      "BACKEND_UNAVAILABLE",
      `no metrics have been recorded in ${dbPath} yet: run a program with monitoring on, or name its file with GIFLAB_METRICS_DB`,
    );
  }
  let db: Database | undefined;
  try {
    db = new (sqliteModule())(dbPath, { readonly: true, timeout: READER_TIMEOUT_MS });
    const kind = fileKind(db);
    if (kind === "empty") {
      throw new MetricsError("BACKEND_UNAVAILABLE", `${dbPath} is empty: run a program with monitoring on first`);
    }
    if (kind === "foreign") {
      throw new MetricsError(
        "STORE_FOREIGN",
        `${dbPath} is not a metrics database: name another file with GIFLAB_METRICS_DB`,
      );
    }
    checkVersion(db, dbPath);
    return new Connection(db, dbPath);
  } catch (cause) {
    db?.close();
    if (isMetricsError(cause)) throw cause;
    throw asMetricsError(cause, dbPath);
  }
}
