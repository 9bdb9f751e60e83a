import type { EncodedChunk } from "./chunk-codec.ts";
import type { Connection } from "./connection.ts";
import type { MaintenanceLease } from "./maintenance-lease.ts";
import { chunkId, chunkIds } from "./schema.ts";
import { type Stepwise, whenFree } from "./stepwise.ts";
import { encodeTicks, type TickList } from "./tick-list.ts";

/** A transaction of chunks ends after about this. */
const STAGE_MS = 2;
const CHUNKS_PER_STEP = 64;

const ALLOCATE = `INSERT INTO settings VALUES ('lastBlock', 1)
  ON CONFLICT (key) DO UPDATE SET value = value + 1 RETURNING value`;
const ADD_CHUNK = "INSERT INTO chunk (id, count, sum, min, max, sketch, data) VALUES (?, ?, ?, ?, ?, ?, ?)";
const ADD_BLOCK = "INSERT INTO block (id, first_time, last_time, resolution, ticks) VALUES (?, ?, ?, ?, ?)";
const COUNT_CHUNKS = "SELECT count(*) FROM chunk WHERE id BETWEEN ? AND ?";
const STAGED = "SELECT value FROM settings WHERE key = 'stagedBlock'";
const SET_STAGED = `INSERT INTO settings VALUES ('stagedBlock', ?)
  ON CONFLICT (key) DO UPDATE SET value = excluded.value`;
const END_STAGED = "DELETE FROM settings WHERE key = 'stagedBlock' AND value = ?";
const DROP_CHUNKS = `DELETE FROM chunk WHERE id IN
  (SELECT id FROM chunk WHERE id BETWEEN ? AND ? LIMIT ${CHUNKS_PER_STEP})`;
const IS_BLOCK = "SELECT 1 FROM block WHERE id = ?";

/** Somebody else has taken over, or changed what was read: nothing of it was stored. */
export class Overtaken extends Error {}

export interface NewBlock {
  readonly resolution: number;
  readonly ticks: TickList;
  /** By series. */
  readonly chunks: readonly (readonly [number, EncodedChunk])[];
}

/**
 * Stores a block. Its chunks go first, in transactions of a few milliseconds under a number that no reader knows yet;
 * `finish` then runs in one transaction with the row in `block` and makes rows of `metrics` name it; more may follow.
 * Whenever the process is killed, the block is there, with those of its rows that name it, or what is there is swept away by
 * the next one.
 * @param finish gets the block's number; throws `Overtaken` when `metrics` is not as it was read.
 */
export function* storeBlock(
  connection: Connection,
  lease: MaintenanceLease,
  epochSeconds: number,
  block: NewBlock,
  finish: (id: number) => void,
): Stepwise<number> {
  const id = yield* stage(connection, lease, epochSeconds);
  const { chunks } = block;
  for (let next = 0; next < chunks.length; ) {
    next = yield* whenFree(connection, () => {
      prolong(connection, lease, epochSeconds);
      checkStaged(connection, id);
      const until = performance.now() + STAGE_MS;
      let at = next;
      do {
        const [series, { count, sum, min, max, sketch, data }] = chunks[at++]!;
        connection.statement(ADD_CHUNK).run(chunkId(id, series), count, sum, min, max, sketch, data);
      } while (at < chunks.length && performance.now() < until);
      return at;
    });
    yield "more";
  }
  const { resolution, ticks } = block;
  const [first, last] = [ticks.ends.reduce((a, b) => Math.min(a, b)), ticks.ends.reduce((a, b) => Math.max(a, b))];
  const packed = encodeTicks(ticks);
  yield* whenFree(connection, () => {
    checkStaged(connection, id);
    if (connection.value(COUNT_CHUNKS, ...chunkIds(id)) !== chunks.length)
      throw new Overtaken(`chunks of block ${id} are gone`);
    finish(id);
    connection.statement(ADD_BLOCK).run(id, first, last, resolution, packed);
    connection.statement(END_STAGED).run(id);
  });
  return id;
}

/**
 * To be called in a transaction that makes more rows name a block. Throws `Overtaken` when it is gone: somebody has deleted
 * all rows that named it until then.
 */
export function checkBlock(connection: Connection, id: number): void {
  if (connection.value(IS_BLOCK, id) === undefined) throw new Overtaken(`block ${id} is gone`);
}

/** Takes the lease if it is free, and sweeps away what a process left that was killed over a block. Returns whether. */
export function* beginStoring(
  connection: Connection,
  lease: MaintenanceLease,
  epochSeconds: number,
): Stepwise<boolean> {
  if (!(yield* whenFree(connection, () => lease.take(connection, epochSeconds)))) return false;
  yield* sweepStaged(connection);
  return true;
}

/** A number for a new block, under which chunks are swept away until the block is there. */
function* stage(connection: Connection, lease: MaintenanceLease, epochSeconds: number): Stepwise<number> {
  for (;;) {
    yield* sweepStaged(connection);
    const id = yield* whenFree(connection, () => {
      prolong(connection, lease, epochSeconds);
      // Somebody whose clock says something else of the lease has begun a block in between.
      if (connection.value(STAGED) !== undefined) return undefined;
      const allocated = connection.value(ALLOCATE) as number;
      connection.statement(SET_STAGED).run(allocated);
      return allocated;
    });
    if (id !== undefined) return id;
    yield "more";
  }
}

/**
 * To be called in a transaction that adds to a block which is not there yet. Throws `Overtaken` when its chunks were swept
 * away: those that came after that nobody would ever find.
 */
function checkStaged(connection: Connection, id: number): void {
  if (connection.value(STAGED) !== id) throw new Overtaken(`block ${id} was given up`);
}

/**
 * Removes the chunks of a block that was given up. Looks in each transaction at what is so by then: who was thought to be
 * gone may still add chunks, or complete the block.
 */
function* sweepStaged(connection: Connection): Stepwise<void> {
  if (connection.value(STAGED) === undefined) return;
  const sweep = (): "more" | "done" => {
    const staged = connection.value(STAGED) as number | undefined;
    if (staged === undefined) return "done";
    const given = connection.value(IS_BLOCK, staged) === undefined;
    if (given && connection.statement(DROP_CHUNKS).run(...chunkIds(staged)).changes === CHUNKS_PER_STEP) return "more";
    connection.statement(END_STAGED).run(staged);
    return "done";
  };
  while ((yield* whenFree(connection, sweep)) === "more") yield "more";
}

function prolong(connection: Connection, lease: MaintenanceLease, epochSeconds: number): void {
  if (!lease.take(connection, epochSeconds)) throw new Overtaken("another process has taken over");
}
