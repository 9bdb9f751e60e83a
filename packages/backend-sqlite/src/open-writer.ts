import { isMetricsError, MetricsError } from "@giflab/metrics-core";
import { Connection } from "./connection.ts";
import { type Database, sqliteModule } from "./native-module.ts";
import { createSchema, fileKind, migrateSchema, PAGE_BYTES } from "./schema.ts";
import { asMetricsError } from "./sqlite-error.ts";
import type { SqliteSettings } from "./sqlite-options.ts";
import { createStoreFile, fileIdentity, headerIsOurs, onNetworkFileSystem, setAside } from "./store-file.ts";
import { applySizeCap, checkpointBytes, type StoreLimits, saveLimits } from "./store-limits.ts";

const CACHE_KB = 1024;

/** A connection for writing, and the limits that the file names. */
export interface StoreWriter {
  readonly connection: Connection;
  readonly limits: StoreLimits;
}

/**
 * Opens the database for writing and makes it where there is none. Never waits for a lock: `BACKEND_BUSY` instead.
 * A damaged file of ours is set aside with a warning; a foreign or newer one is refused untouched.
 * @param network whether the file lies where other machines may write too: no write-ahead log then.
 */
export function openWriter(settings: SqliteSettings, network?: boolean): StoreWriter {
  for (let attempt = 0; ; attempt++) {
    const identity = fileIdentity(settings.dbPath);
    try {
      return openSound(settings, network);
    } catch (cause) {
      const error = asMetricsError(cause, settings.dbPath);
      if (attempt > 0 || !setDamagedAside(settings, identity, error)) throw error;
    }
  }
}

/**
 * Moves a file away when `error` says that it is damaged and its header that it was ours. Returns whether the path is free
 * for a new one. What was in it can be recovered by hand.
 * @param identity the file in which the damage was found.
 */
export function setDamagedAside(settings: SqliteSettings, identity: string | undefined, error: MetricsError): boolean {
  const { dbPath, clock, onWarning } = settings;
  // Bytes that are no database at all count as damaged only if the rest of the header is ours.
  const damaged = error.code === "STORE_CORRUPT" || (error.code === "STORE_FOREIGN" && error.cause !== undefined);
  if (!damaged || fileIdentity(dbPath) !== identity || !headerIsOurs(dbPath)) return false;
  const aside = setAside(dbPath, identity, clock.now());
  if (aside !== undefined) {
    onWarning(`${dbPath} was damaged: it is now ${aside} (see sqlite3 ".recover"), and a new one was begun`);
  }
  return true;
}

/** As `openWriter`, but a damaged file stays where it is: `STORE_CORRUPT`. */
export function openSound(settings: SqliteSettings, network?: boolean): StoreWriter {
  const { dbPath } = settings;
  // Loaded first: where it cannot be, no empty file is left behind.
  const Database = sqliteModule();
  createStoreFile(dbPath);
  const identity = fileIdentity(dbPath);
  const db = new Database(dbPath, { timeout: 0 });
  try {
    prepare(db, settings, network ?? onNetworkFileSystem(dbPath));
    if (fileIdentity(dbPath) !== identity) {
      throw new MetricsError("BACKEND_BUSY", `${dbPath} was replaced while it was opened`);
    }
    const connection = new Connection(db, dbPath, identity);
    const limits = saveLimits(connection, settings.given);
    db.exec(`PRAGMA synchronous = ${settings.durability === "power" ? "FULL" : "NORMAL"};
      PRAGMA cache_size = -${CACHE_KB};
      PRAGMA journal_size_limit = ${Math.floor(checkpointBytes(limits) / 2)};
      PRAGMA wal_autocheckpoint = 0`);
    applySizeCap(connection, limits);
    return { connection, limits };
  } catch (error) {
    db.close();
    throw isMetricsError(error) ? error : asMetricsError(error, dbPath);
  }
}

/** Journal, page size and tables. */
function prepare(db: Database, { dbPath, onWarning }: SqliteSettings, network: boolean): void {
  const kind = fileKind(db, dbPath);
  if (kind === "foreign") {
    throw new MetricsError("STORE_FOREIGN", `${dbPath} is somebody else's database: set another dbPath`);
  }
  if (kind === "empty") db.exec(`PRAGMA page_size = ${PAGE_BYTES}; PRAGMA auto_vacuum = INCREMENTAL`);
  if (network) {
    onWarning(
      `${dbPath} lies on a network file system: only programs of one machine may write it, and slower; a local disk is better`,
    );
  }
  const journal = db.pragma("journal_mode", { simple: true });
  if (!network && journal !== "wal") db.pragma("journal_mode = WAL");
  if (network && journal !== "truncate") db.pragma("journal_mode = TRUNCATE");
  if (kind === "empty") createSchema(db, dbPath);
  else migrateSchema(db, dbPath);
}
