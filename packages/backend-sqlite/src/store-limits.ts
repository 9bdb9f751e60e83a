import type { Connection } from "./connection.ts";

/** How much a store keeps. Kept in the file itself, so that every program that opens it does the same. */
export interface StoreLimits {
  readonly retentionDays: number;
  readonly rawHours: number;
  readonly rollupDays: number;
  readonly maxSizeMb: number;
}

export const DEFAULT_LIMITS: StoreLimits = { retentionDays: 7, rawHours: 24, rollupDays: 400, maxSizeMb: 100 };

/** The write-ahead log counts towards the size cap and may grow to this, or a quarter of the cap. */
const MAX_WAL_BYTES = 4 * 2 ** 20;
const SAVE = `INSERT INTO settings VALUES (?, ?)
  ON CONFLICT (key) DO UPDATE SET value = excluded.value WHERE value <> excluded.value`;

/** The limits that a file names, with the defaults for what it does not. */
export function readLimits(connection: Connection): StoreLimits {
  const rows = connection.statement("SELECT key, value FROM settings").all() as { key: string; value: number }[];
  const stored = new Map(rows.map(({ key, value }) => [key, value]));
  const limit = (key: keyof StoreLimits): number => stored.get(key) ?? DEFAULT_LIMITS[key];
  return {
    retentionDays: limit("retentionDays"),
    rawHours: limit("rawHours"),
    rollupDays: limit("rollupDays"),
    maxSizeMb: limit("maxSizeMb"),
  };
}

/** Writes the limits that somebody has asked for into the file, and returns what holds now. */
export function saveLimits(connection: Connection, given: Partial<StoreLimits>): StoreLimits {
  const stored = readLimits(connection);
  const changed = Object.entries(given).filter(([key, value]) => stored[key as keyof StoreLimits] !== value);
  if (changed.length === 0) return stored;
  connection.immediate(() => {
    for (const [key, value] of changed) connection.statement(SAVE).run(key, value);
  });
  return { ...stored, ...given };
}

/** Bytes that file and log may take together. */
export function maxBytes(limits: StoreLimits): number {
  return Math.floor(limits.maxSizeMb * 2 ** 20);
}

/** Bytes of that which are set aside for the log. */
export function walLimit(limits: StoreLimits): number {
  return Math.min(MAX_WAL_BYTES, Math.floor(maxBytes(limits) / 4));
}

/** From this size on the log is written back to the database. */
export function checkpointBytes(limits: StoreLimits): number {
  return Math.min(2 ** 20, Math.floor(walLimit(limits) / 4));
}

/** Applies the size cap to a connection: SQLite refuses to let the file grow beyond it. */
export function applySizeCap(connection: Connection, limits: StoreLimits): void {
  const pages = Math.floor((maxBytes(limits) - walLimit(limits)) / connection.pragma("page_size"));
  connection.db.pragma(`max_page_count = ${pages}`);
}
