import type { Connection } from "./connection.ts";
import { walLimit } from "./connection.ts";
import type { SqliteSettings } from "./sqlite-options.ts";
import { storeBytes } from "./store-file.ts";

/** A slice of maintenance ends after about this, so that the event loop stays free. */
const SLICE_MS = 8;
const ROWS_PER_STEP = 64;
const PAGES_PER_STEP = 128;
/** At this share of the size cap the oldest rows go, down to the second. */
const CAP_BEGIN = 0.9;
const CAP_END = 0.8;
/** A log smaller than this is not worth a checkpoint. */
const CHECKPOINT_BYTES = 2 ** 20;
/** Writers without a row are forgotten after this, once no late retry of theirs can come. */
const FORGET_WRITER_SECONDS = 86_400;

const SAVE_SETTING =
  "INSERT INTO settings VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value WHERE value <> excluded.value";
const DELETE_BEFORE = `DELETE FROM metrics WHERE id IN (SELECT id FROM metrics WHERE timestamp <= ? ORDER BY timestamp LIMIT ${ROWS_PER_STEP})`;
const DELETE_OLDEST = `DELETE FROM metrics WHERE id IN (SELECT id FROM metrics ORDER BY timestamp LIMIT ${ROWS_PER_STEP})`;
const FORGET_WRITERS = `DELETE FROM writer WHERE id IN (SELECT id FROM writer WHERE last_end < ?
  AND NOT EXISTS (SELECT 1 FROM metrics WHERE writer = writer.id) LIMIT ${ROWS_PER_STEP})`;

/** Writes the limits into the file, where operators and other tools see them. */
export function saveSettings(connection: Connection, settings: SqliteSettings): void {
  const { retentionDays, rawHours, rollupDays, maxBytes } = settings;
  const values = { retentionDays, rawHours, rollupDays, maxBytes };
  connection.immediate(() => {
    for (const [key, value] of Object.entries(values)) connection.statement(SAVE_SETTING).run(key, value);
  });
}

/** Pages in use, free pages not counted, and the log. */
export function usedBytes(connection: Connection, dbPath: string): number {
  const { db } = connection;
  const pageBytes = db.pragma("page_size", { simple: true }) as number;
  const pages = db.pragma("page_count", { simple: true }) as number;
  const free = db.pragma("freelist_count", { simple: true }) as number;
  return (pages - free) * pageBytes + storeBytes(dbPath).wal;
}

/**
 * One slice of what is due: rows past retention go, then the oldest ones while the file is near its cap; free pages go back
 * to the file system, and the log is written back. Returns whether more is to be done. Throws what SQLite throws; whatever
 * it did until then holds.
 */
export function maintain(connection: Connection, settings: SqliteSettings): boolean {
  const until = performance.now() + SLICE_MS;
  const now = settings.clock.now();
  const { db } = connection;
  let more = deleteWhile(connection, until, DELETE_BEFORE, [now - settings.retentionDays * 86_400]);
  if (usedBytes(connection, settings.dbPath) > settings.maxBytes * CAP_BEGIN) {
    const full = (): boolean => usedBytes(connection, settings.dbPath) > settings.maxBytes * CAP_END;
    // The log counts too, but only a checkpoint makes it smaller.
    checkpoint(connection, settings, 0);
    more = deleteWhile(connection, until, DELETE_OLDEST, [], full) || more;
  }
  connection.statement(FORGET_WRITERS).run(now - FORGET_WRITER_SECONDS);
  while (performance.now() < until && (db.pragma("freelist_count", { simple: true }) as number) > PAGES_PER_STEP) {
    db.pragma(`incremental_vacuum(${PAGES_PER_STEP})`);
  }
  checkpoint(connection, settings, Math.min(CHECKPOINT_BYTES, walLimit(settings.maxBytes) / 2));
  return more;
}

/** Makes room at once when the cap stops a write. Returns whether any row went. */
export function makeRoom(connection: Connection): boolean {
  const rows = connection.statement("SELECT count(*) FROM metrics").pluck().get() as number;
  let gone = 0;
  while (gone < rows / 10) {
    const { changes } = connection.statement(DELETE_OLDEST).run();
    if (changes === 0) break;
    gone += changes;
  }
  return gone > 0;
}

/** Deletes rows that ended at or before `before`, step by step with pauses for others. Returns how many went. */
export async function deleteBefore(connection: Connection, before: number): Promise<number> {
  let gone = 0;
  for (;;) {
    const { changes } = connection.statement(DELETE_BEFORE).run(before);
    gone += changes;
    if (changes < ROWS_PER_STEP) return gone;
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
}

/** Gives free pages back to the file system and empties the log, as far as readers allow. */
export function shrink(connection: Connection): void {
  connection.db.pragma("incremental_vacuum");
  connection.db.pragma("wal_checkpoint(TRUNCATE)");
}

function deleteWhile(
  connection: Connection,
  until: number,
  sql: string,
  parameters: readonly number[],
  wanted: () => boolean = () => true,
): boolean {
  while (wanted()) {
    if (performance.now() >= until) return true;
    const { changes } = connection.statement(sql).run(...parameters);
    if (changes < ROWS_PER_STEP) return false;
  }
  return false;
}

function checkpoint(connection: Connection, settings: SqliteSettings, above: number): void {
  if (storeBytes(settings.dbPath).wal > above) connection.db.pragma("wal_checkpoint(PASSIVE)");
}
