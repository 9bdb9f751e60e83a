import { GAUGE_LOOKBACK_SECONDS, MetricsError } from "@giflab/metrics-core";
import { type ChunkHead, decodeHead } from "./chunk-codec.ts";
import type { Connection } from "./connection.ts";
import { chunkId, chunkIds, SERIES_LIMIT } from "./schema.ts";
import { decodeTicks, type TickList } from "./tick-list.ts";

const BLOCKS = `SELECT id, first_time AS first, last_time AS last, resolution FROM block
  WHERE last_time > ? - ${GAUGE_LOOKBACK_SECONDS} - resolution AND first_time <= ? ORDER BY first_time, id`;
const TICKS = "SELECT ticks FROM block WHERE id = ?";
const COUNT_ROWS = "SELECT count(*) FROM metrics INDEXED BY metrics_block WHERE block = ?";
const ROWS = "SELECT writer, first_seq AS first FROM metrics INDEXED BY metrics_block WHERE block = ?";
const CHUNK_HEAD = "SELECT count, sum, sketch FROM chunk WHERE id = ?";
const CHUNK_DATA = "SELECT data FROM chunk WHERE id = ?";

const SERIES = `SELECT id & ${SERIES_LIMIT - 1} AS series FROM chunk WHERE id BETWEEN ? AND ?`;

/** Which rows a block is about. */
export interface BlockEntry {
  readonly id: number;
  /** Earliest and latest `timestamp` of its rows. */
  readonly first: number;
  readonly last: number;
  /** 0 for flushes, otherwise 60 or 3600. */
  readonly resolution: number;
}

/** The rows of a block, without their samples. */
export interface BlockRows {
  readonly id: number;
  readonly ticks: TickList;
  /** False at the positions whose rows somebody has deleted; `undefined` when all are there. */
  readonly alive: readonly boolean[] | undefined;
}

/** One series of a block. */
export interface StoredChunk {
  readonly head: ChunkHead;
  readonly count: number;
  readonly sum: number;
}

/** Blocks that a window `(from, to]` and what is looked up before it may need, in order of time. */
export function blocksIn(connection: Connection, from: number, to: number): BlockEntry[] {
  return connection.statement(BLOCKS).all(from, to) as BlockEntry[];
}

/**
 * The rows of a block; `undefined` for one that is gone.
 * @param known its ticks, if they have been read before: they never change.
 */
export function readBlockRows(connection: Connection, id: number, known?: TickList): BlockRows | undefined {
  const ticks = known ?? readTicks(connection, id);
  if (ticks === undefined) return undefined;
  const { seqs, writers, firstSeqs } = ticks;
  const rows = connection.value(COUNT_ROWS, id);
  if (rows === seqs.length) return { id, ticks, alive: undefined };
  if (rows === 0 && known !== undefined) return undefined;
  const there = new Set<string>();
  for (const { writer, first } of connection.statement(ROWS).iterate(id) as IterableIterator<{
    writer: number;
    first: number;
  }>) {
    there.add(`${writer}/${first}`);
  }
  return { id, ticks, alive: seqs.map((_, i) => there.has(`${writers[i]}/${firstSeqs[i]}`)) };
}

function readTicks(connection: Connection, id: number): TickList | undefined {
  const bytes = connection.value(TICKS, id) as Buffer | undefined;
  return bytes === undefined ? undefined : reporting(id, () => decodeTicks(bytes));
}

/** Totals and positions of a series in a block; `undefined` when it is not in it. */
export function readChunk(connection: Connection, { id, ticks }: BlockRows, series: number): StoredChunk | undefined {
  const row = connection.statement(CHUNK_HEAD).get(chunkId(id, series)) as
    | { readonly count: number; readonly sum: number | null; readonly sketch: Buffer }
    | undefined;
  if (row === undefined) return undefined;
  const head = reporting(id, () => decodeHead(row.sketch, ticks.seqs.length));
  return { head, count: row.count, sum: row.sum ?? 0 };
}

/** The series that a block has. */
export function seriesOf(connection: Connection, block: number): number[] {
  return (connection.statement(SERIES).all(...chunkIds(block)) as { series: number }[]).map(({ series }) => series);
}

/** The packed samples of a series that the block has. */
export function readChunkData(connection: Connection, block: number, series: number): Buffer {
  return connection.value(CHUNK_DATA, chunkId(block, series)) as Buffer;
}

/** Runs `read`; damage is reported with the way to get rid of it. */
export function reporting<T>(block: number, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof MetricsError) || cause.code !== "STORE_CORRUPT") throw cause;
    throw new MetricsError(
      "STORE_CORRUPT",
      `block ${block} is damaged (${cause.message}): delete it with sqlite3 and "DELETE FROM metrics WHERE block = ${block};"`,
      { cause },
    );
  }
}
