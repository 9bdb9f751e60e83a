import { isMetricsError } from "@giflab/metrics-core";
import { BlockBuilder } from "./block-builder.ts";
import { checkBlock, Overtaken, storeBlock } from "./block-storage.ts";
import { type EncodedChunk, encodeChunk } from "./chunk-codec.ts";
import type { Connection } from "./connection.ts";
import { makeRoomInSteps } from "./maintenance.ts";
import type { MaintenanceLease } from "./maintenance-lease.ts";
import type { StoreWriter } from "./open-writer.ts";
import { countPacking } from "./packing-count.ts";
import { decodePoints } from "./snapshot-codec.ts";
import { asMetricsError } from "./sqlite-error.ts";
import { type Stepwise, whenFree } from "./stepwise.ts";
import { maxBytes, type StoreLimits } from "./store-limits.ts";
import type { TickList } from "./tick-list.ts";

/** The latest rows stay as they are: they are what is asked for most, and read fastest. */
export const SEAL_MARGIN_SECONDS = 600;
const HOUR_SECONDS = 3600;
/** A block ends with the hour in which it has this many rows. */
const ENOUGH_ROWS = 120;
/** Fewer rows than that wait this long for more. */
const LONGEST_WAIT_SECONDS = 86_400;
/** What one block may hold: its rows are all in memory at once. */
const MOST_ROWS = 600;
const MOST_BYTES = 4 * 2 ** 20;
/** A store that may hold little has smaller blocks: what a transaction changes stands in the log for a while. */
const LARGEST_SHARE = 1 / 24;
/** What a point takes at most, in most rows. */
const POINT_BYTES = 64;
const ROWS_PER_STEP = 8;
const DECODE_MS = 2;
/** Rows that come to name their block in one transaction. */
const NAMED_PER_STEP = 96;

const HOT_ROWS = `SELECT id, timestamp, start, writer, first_seq, seq, points, length(data) AS bytes
  FROM metrics INDEXED BY metrics_hot WHERE block IS NULL AND resolution = 0 AND data IS NOT NULL AND timestamp <= ?
  ORDER BY timestamp LIMIT ?`;
/** What the index says about them. */
const HOT = `SELECT min(timestamp) AS oldest, count(*) AS rows, total(points) AS points
  FROM metrics INDEXED BY metrics_hot WHERE block IS NULL AND timestamp <= ?`;
const DATA = "SELECT data FROM metrics WHERE id = ? AND writer = ? AND seq = ? AND block IS NULL";
const DROP = "DELETE FROM metrics WHERE id = ? AND writer = ? AND seq = ? AND block IS NULL";
const ADD = `INSERT INTO metrics (id, timestamp, start, writer, first_seq, seq, points, block)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?)`;
const LAST_SEAL = "INSERT INTO settings VALUES ('lastSeal', ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value";

interface HotRow {
  readonly id: number;
  readonly timestamp: number;
  readonly start: number;
  readonly writer: number;
  readonly first_seq: number;
  readonly seq: number;
  readonly points: number;
  readonly bytes: number;
}

/** Seals rows into blocks, one block at a time. */
export class Sealing {
  readonly #lease: MaintenanceLease;
  /** Rows that are damaged or cannot be columns; left as they are. */
  readonly #unsealable = new Set<number>();

  constructor(lease: MaintenanceLease) {
    this.#lease = lease;
  }

  /** The file is another one now. */
  reset(): void {
    this.#unsealable.clear();
  }

  /** Whether `next` would do something. */
  due({ connection, limits }: StoreWriter, epochSeconds: number): boolean {
    return this.#dueRows(connection, limits, epochSeconds).length > 0;
  }

  /**
   * Seals the oldest rows that are due, if any; the lease must be ours. Returns whether it did, and there may be more. Nobody's rows are lost or
   * doubled if it is stopped at any point, or others change the same rows meanwhile.
   */
  *next({ connection, limits }: StoreWriter, epochSeconds: number): Stepwise<boolean> {
    const rows = this.#dueRows(connection, limits, epochSeconds);
    if (rows.length === 0) return false;
    yield* makeRoomInSteps(connection, limits, true);
    try {
      return yield* this.#seal(connection, epochSeconds, rows);
    } catch (error) {
      // A store without room for a block has its oldest rows deleted instead, until there is some.
      const full = asMetricsError(error, connection.path).code === "BACKEND_FULL";
      if (full || error instanceof Overtaken) return false;
      throw error;
    }
  }

  *#seal(connection: Connection, epochSeconds: number, rows: readonly HotRow[]): Stepwise<boolean> {
    const builder = new BlockBuilder();
    let until = performance.now() + DECODE_MS;
    for (const [position, row] of rows.entries()) {
      if (!this.#gather(connection, builder, position, row)) return true;
      if (position % ROWS_PER_STEP < ROWS_PER_STEP - 1 && performance.now() < until) continue;
      yield "more";
      until = performance.now() + DECODE_MS;
    }
    const ticks = ticksOf(rows);
    const chunks: [number, EncodedChunk][] = [];
    for (const [series, { positions, values }] of builder.take()) {
      chunks.push([series, encodeChunk(ticks, positions, values)]);
      yield "more";
    }
    const inOrder = [...rows].sort((a, b) => a.id - b.id);
    // The first rows come with the block: no row that names it, and nothing would ever remove it.
    const id = yield* storeBlock(connection, this.#lease, epochSeconds, { resolution: 0, ticks, chunks }, (stored) => {
      nameBlock(connection, inOrder.slice(0, NAMED_PER_STEP), stored);
      connection.statement(LAST_SEAL).run(epochSeconds);
    });
    for (let next = NAMED_PER_STEP; next < inOrder.length; next += NAMED_PER_STEP) {
      yield "more";
      yield* whenFree(connection, () => {
        checkBlock(connection, id);
        nameBlock(connection, inOrder.slice(next, next + NAMED_PER_STEP), id);
      });
    }
    return true;
  }

  /** Returns false for a row that is gone or stays as it is: then everything is begun anew without it. */
  #gather(connection: Connection, builder: BlockBuilder, position: number, row: HotRow): boolean {
    const data = connection.value(DATA, row.id, row.writer, row.seq) as Buffer | null | undefined;
    if (data === null || data === undefined) return false;
    builder.begin(position);
    try {
      decodePoints(data, builder);
      return true;
    } catch (error) {
      if (!(error instanceof RangeError) && !isMetricsError(error, "STORE_CORRUPT")) throw error;
      this.#unsealable.add(row.id);
      return false;
    }
  }

  /** The rows of the next block, by writer and time; none if there are too few yet. */
  #dueRows(connection: Connection, limits: StoreLimits, epochSeconds: number): HotRow[] {
    const mostBytes = Math.min(MOST_BYTES, maxBytes(limits) * LARGEST_SHARE);
    if (!mayBeDue(connection, mostBytes, epochSeconds)) return [];
    const limit = MOST_ROWS + this.#unsealable.size;
    const found = connection.statement(HOT_ROWS).all(epochSeconds - SEAL_MARGIN_SECONDS, limit) as HotRow[];
    const rows: HotRow[] = [];
    let bytes = 0;
    let hourEnds = false;
    for (const row of found) {
      if (this.#unsealable.has(row.id)) continue;
      hourEnds = rows.length >= ENOUGH_ROWS && hourOf(row.timestamp) > hourOf(rows.at(-1)!.timestamp);
      if (hourEnds) break;
      rows.push(row);
      bytes += row.bytes;
    }
    if (bytes > mostBytes && rows.length > 1) return byWriter(firstPart(rows, bytes, mostBytes));
    if (hourEnds) return byWriter(rows);
    const [oldest, latest] = [rows.at(0), rows.at(-1)];
    if (oldest === undefined || latest === undefined) return [];
    const hourIsOver = hourOf(latest.timestamp) * HOUR_SECONDS <= epochSeconds - SEAL_MARGIN_SECONDS;
    const due =
      rows.length === MOST_ROWS ||
      (rows.length >= ENOUGH_ROWS && hourIsOver) ||
      oldest.timestamp <= epochSeconds - LONGEST_WAIT_SECONDS;
    return due ? byWriter(rows) : [];
  }
}

/** The first of equal parts that are not too large: a large one and a little rest would take more memory, and no fewer blocks. */
function firstPart(rows: readonly HotRow[], bytes: number, mostBytes: number): readonly HotRow[] {
  const share = bytes / Math.ceil(bytes / mostBytes);
  let taken = 0;
  const end = rows.findIndex((row) => (taken += row.bytes) > share);
  return rows.slice(0, Math.max(1, end));
}

/** Puts sealed rows in the place of those that were read, in a transaction. Throws `Overtaken` unless exactly those are there. */
function nameBlock(connection: Connection, rows: readonly HotRow[], block: number): void {
  const [drop, add] = [connection.statement(DROP), connection.statement(ADD)];
  // Not an UPDATE: that would leave each page with the little that is left of its row.
  for (const { id, writer, seq } of rows) {
    if (drop.run(id, writer, seq).changes !== 1) throw new Overtaken(`row ${id} has changed`);
  }
  for (const row of rows) {
    add.run(row.id, row.timestamp, row.start, row.writer, row.first_seq, row.seq, row.points, block);
  }
  countPacking(connection);
}

/** Whether it is worth looking at the rows: asked some times an hour, and answered by an index. */
function mayBeDue(connection: Connection, mostBytes: number, epochSeconds: number): boolean {
  const before = epochSeconds - SEAL_MARGIN_SECONDS;
  const hot = connection.statement(HOT).get(before) as { oldest: number | null; rows: number; points: number };
  if (hot.oldest === null) return false;
  const hourIsOver = hourOf(hot.oldest) * HOUR_SECONDS <= before;
  if ((hourIsOver && hot.rows >= ENOUGH_ROWS) || hot.rows >= MOST_ROWS) return true;
  return hot.points * POINT_BYTES > mostBytes || hot.oldest <= epochSeconds - LONGEST_WAIT_SECONDS;
}

/** Number of the hour `(n - 1, n]` in which a moment lies. */
function hourOf(timestamp: number): number {
  return Math.ceil(timestamp / HOUR_SECONDS);
}

function byWriter(rows: readonly HotRow[]): HotRow[] {
  return [...rows].sort(
    (a, b) => a.writer - b.writer || a.timestamp - b.timestamp || a.points - b.points || a.id - b.id,
  );
}

function ticksOf(rows: readonly HotRow[]): TickList {
  return {
    writers: rows.map(({ writer }) => writer),
    firstSeqs: rows.map(({ first_seq }) => first_seq),
    seqs: rows.map(({ seq }) => seq),
    starts: rows.map(({ start }) => start),
    ends: rows.map(({ timestamp }) => timestamp),
    gaps: rows.map(() => []),
  };
}
