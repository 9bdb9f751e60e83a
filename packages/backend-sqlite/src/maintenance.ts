import type { Connection } from "./connection.ts";
import type { StoreWriter } from "./open-writer.ts";
import { SEEN_SECONDS } from "./series-ids.ts";
import { type Stepwise, whenFree } from "./stepwise.ts";
import { maxBytes, type StoreLimits, walLimit } from "./store-limits.ts";

/** A slice of maintenance ends after about this, so that the event loop stays free. */
const SLICE_MS = 8;
const ROWS_PER_STEP = 16;
const PAGES_PER_STEP = 32;
/** Free pages up to this stay for the next rows. */
const SPARE_PAGES = 16;
/** At this share of the size cap the oldest rows go, down to the second. */
const CAP_BEGIN = 0.9;
const CAP_END = 0.8;
/** A block stands beside the rows that it is made of until it is complete. */
const CAP_BLOCK = 0.85;
const SECONDS_PER_DAY = 86_400;
const ROLLING_DAYS = 2;
/** Instances and series are forgotten when everything stored is younger than them by this: no row can name them then. */
const FORGET_SECONDS = 2 * SEEN_SECONDS;

const OLDEST = "SELECT min(timestamp) FROM metrics";
const DELETE_BEFORE = `DELETE FROM metrics WHERE id IN
  (SELECT id FROM metrics WHERE timestamp <= ? ORDER BY timestamp LIMIT ${ROWS_PER_STEP})`;
const DELETE_OLDEST = `DELETE FROM metrics WHERE id IN
  (SELECT id FROM metrics ORDER BY timestamp LIMIT ${ROWS_PER_STEP})`;
const DELETE_HOT_BEFORE = `DELETE FROM metrics WHERE id IN (SELECT id FROM metrics INDEXED BY metrics_hot
  WHERE block IS NULL AND timestamp <= ? ORDER BY timestamp LIMIT ${ROWS_PER_STEP})`;
const EXPIRED_BLOCK = `SELECT id FROM block WHERE last_time <= ? AND resolution < 3600
  OR last_time <= ? AND resolution = 3600 LIMIT 1`;
const DELETE_OF_BLOCK = `DELETE FROM metrics WHERE id IN
  (SELECT id FROM metrics INDEXED BY metrics_block WHERE block = ? LIMIT 64)`;
const LAST_CLEANUP = "SELECT value FROM settings WHERE key = 'lastCleanup'";
const CLEANED_UP =
  "INSERT INTO settings VALUES ('lastCleanup', ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value";
const NEW_GENERATION = "UPDATE settings SET value = value + 1 WHERE key = 'generation'";

/** When rows were last looked through, epoch seconds. */
export function lastCleanup(connection: Connection): number | undefined {
  return connection.value(LAST_CLEANUP) as number | undefined;
}

/**
 * Deletes what is past retention. Where hours are kept longer than everything else, what has not become one two days after
 * its time cannot be rolled up and goes too; whole blocks then, and single rows of what is not sealed.
 * @param allowed asked with the write lock held: false when another process is bringing in old rows, which it rolls up next.
 */
export function* deleteExpired(
  connection: Connection,
  limits: StoreLimits,
  epochSeconds: number,
  allowed: () => boolean,
): Stepwise<void> {
  const { retentionDays, rollupDays } = limits;
  const before = (days: number): number => epochSeconds - days * SECONDS_PER_DAY;
  if (rollupDays <= retentionDays) {
    const step = (): number => (allowed() ? connection.statement(DELETE_BEFORE).run(before(retentionDays)).changes : 0);
    while ((yield* whenFree(connection, step)) === ROWS_PER_STEP) yield "more";
    return;
  }
  const late = before(retentionDays + ROLLING_DAYS);
  const hot = (): number => (allowed() ? connection.statement(DELETE_HOT_BEFORE).run(late).changes : 0);
  while ((yield* whenFree(connection, hot)) === ROWS_PER_STEP) yield "more";
  for (;;) {
    const block = connection.value(EXPIRED_BLOCK, late, before(rollupDays));
    if (block === undefined) return;
    const step = (): number | undefined =>
      allowed() ? connection.statement(DELETE_OF_BLOCK).run(block).changes : undefined;
    for (let gone: number | undefined = 1; gone !== 0; yield "more") {
      gone = yield* whenFree(connection, step);
      if (gone === undefined) return;
    }
  }
}

/** Whether the file is so near to its cap that rows are to go. */
export function needsRoom(connection: Connection, limits: StoreLimits): boolean {
  return capShare(connection, limits) > CAP_BEGIN;
}

/** Whether there are free pages to give back to the file system. */
export function hasSpaceToReturn(connection: Connection): boolean {
  return connection.pragma("freelist_count") > SPARE_PAGES + PAGES_PER_STEP;
}

/** Deletes the oldest rows while the file is near its cap, or leaves no room for a block that is to be made. */
export function* makeRoomInSteps(connection: Connection, limits: StoreLimits, forBlock = false): Stepwise<void> {
  if (capShare(connection, limits) <= (forBlock ? CAP_BLOCK : CAP_BEGIN)) return;
  const step = (): number => connection.statement(DELETE_OLDEST).run().changes;
  while (capShare(connection, limits) > CAP_END && (yield* whenFree(connection, step)) > 0) yield "more";
}

/** Gives free pages back to the file system. */
export function* vacuumInSteps(connection: Connection): Stepwise<void> {
  for (;;) {
    // One step each time; asked a second time, it is late.
    let asked = false;
    const late = (): boolean => asked || !(asked = true);
    if (!vacuum(connection, late)) return;
    yield "more";
  }
}

/** Forgets instances and series that no stored row can name, and notes that everything was looked through. */
export function forgetUnused(connection: Connection, epochSeconds: number): void {
  forget(connection, epochSeconds);
  connection.statement(CLEANED_UP).run(epochSeconds);
}

/**
 * Makes room at once when a write has found the store full. Returns whether that may help: not when the disk is full, where
 * even deleting takes room, and nothing that is stored shall go for it.
 */
export function makeRoom({ connection, limits }: StoreWriter): boolean {
  if (capShare(connection, limits) < CAP_BEGIN) return false;
  const until = performance.now() + SLICE_MS;
  let gone = 0;
  while (capShare(connection, limits) > CAP_END && performance.now() < until) {
    const { changes } = connection.statement(DELETE_OLDEST).run();
    if (changes === 0) break;
    gone += changes;
  }
  return gone > 0;
}

/** Deletes some rows that ended at or before `before`. Returns how many; fewer than asked for means that it was all. */
export function deleteSome(connection: Connection, before: number): { readonly rows: number; readonly done: boolean } {
  // One transaction: pages that many of these rows share are written once.
  return connection.immediate(() => {
    const until = performance.now() + SLICE_MS;
    let rows = 0;
    for (;;) {
      const { changes } = connection.statement(DELETE_BEFORE).run(before);
      rows += changes;
      if (changes < ROWS_PER_STEP) return { rows, done: true };
      if (performance.now() >= until) return { rows, done: false };
    }
  });
}

/** Deletes everything recorded that is left, and all that only served it; alert state and limits stay. */
export function deleteRecorded(connection: Connection, epochSeconds: number): void {
  connection.immediate(() => {
    connection.db.exec(
      "DELETE FROM metrics; DELETE FROM chunk; DELETE FROM block; DELETE FROM series; DELETE FROM metric",
    );
    // Those that may still write keep their place, so that a repeated delivery stays one.
    connection
      .statement("DELETE FROM writer WHERE closed_at IS NOT NULL OR last_end < ?")
      .run(epochSeconds - SECONDS_PER_DAY);
    connection.statement(NEW_GENERATION).run();
  });
}

/** Gives free pages back to the file system for some milliseconds. Returns whether more is to be given back. */
export function vacuumSome(connection: Connection): boolean {
  return connection.immediate(() => {
    const until = performance.now() + SLICE_MS;
    return vacuum(connection, () => performance.now() >= until);
  });
}

/** Gives free pages back to the file system until `late`. Returns whether more is to be given back. */
function vacuum(connection: Connection, late: () => boolean): boolean {
  while (connection.pragma("freelist_count") > SPARE_PAGES) {
    if (late()) return true;
    const before = connection.pragma("freelist_count");
    connection.db.pragma(`incremental_vacuum(${PAGES_PER_STEP})`);
    connection.changes++;
    // A file that somebody has rewritten without this ability keeps its free pages for later rows.
    if (connection.pragma("freelist_count") === before) return false;
  }
  return false;
}

/** Forgets instances and series that no stored row can name. */
function forget(connection: Connection, epochSeconds: number): void {
  const horizon = ((connection.value(OLDEST) as number | null) ?? epochSeconds) - FORGET_SECONDS;
  connection.statement("DELETE FROM writer WHERE last_end < ?").run(horizon);
  const { changes } = connection.statement("DELETE FROM series WHERE seen < ?").run(horizon);
  if (changes === 0) return;
  connection.statement("DELETE FROM metric WHERE kind <> 'derived' AND id NOT IN (SELECT metric FROM series)").run();
  connection.statement(NEW_GENERATION).run();
}

/** Which part of the room for pages is in use, free pages not counted. */
function capShare(connection: Connection, limits: StoreLimits): number {
  const used = connection.pragma("page_count") - connection.pragma("freelist_count");
  return (used * connection.pragma("page_size")) / (maxBytes(limits) - walLimit(limits));
}
