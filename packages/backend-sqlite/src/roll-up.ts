import { isMetricsError } from "@giflab/metrics-core";
import { checkBlock, Overtaken, storeBlock } from "./block-storage.ts";
import { decodeChunk, type EncodedChunk, encodeChunk } from "./chunk-codec.ts";
import type { Connection } from "./connection.ts";
import type { SampleWish } from "./grouped-sketches.ts";
import { noteRollUp } from "./last-roll-up.ts";
import { makeRoomInSteps } from "./maintenance.ts";
import type { MaintenanceLease } from "./maintenance-lease.ts";
import type { StoreWriter } from "./open-writer.ts";
import { countPacking } from "./packing-count.ts";
import { RolledColumns } from "./rolled-columns.ts";
import { inBlockOrder, type RolledTick, rolledTickList, rollTicks } from "./rolled-ticks.ts";
import { chunkIds } from "./schema.ts";
import { asMetricsError } from "./sqlite-error.ts";
import { type Stepwise, whenFree } from "./stepwise.ts";
import { maxBytes, type StoreLimits } from "./store-limits.ts";
import { type BlockEntry, type BlockRows, readBlockRows, readChunk, readChunkData, seriesOf } from "./stored-block.ts";

export const MINUTE_SECONDS = 60;
export const HOUR_SECONDS = 3600;
const DAY_SECONDS = 86_400;

/** A block of rolled up rows is made when this many come together, */
const ENOUGH_TICKS = 300;
/** or the oldest of them has waited this long, or half as long as it was kept before. */
const LONGEST_WAIT: { readonly [resolution: number]: number } = { 60: 12 * HOUR_SECONDS, 3600: DAY_SECONDS };
const MOST_SOURCES = 48;
/** What is in memory at once. */
const MOST_SAMPLES = 200_000;
/** A store that may hold little has smaller blocks of them, for they stand beside what they replace: by bytes of a sample at most, */
const SAMPLE_BYTES = 24;
/** and the part of the cap that a block may take. */
const LARGEST_SHARE = 1 / 12;
/** Rows that are replaced in one transaction, unless a single one replaces more. */
const ROWS_PER_STEP = 48;

const SOURCES = `SELECT id, first_time AS first, last_time AS last, resolution FROM block
  WHERE resolution < ? AND last_time <= ? ORDER BY first_time, id LIMIT ?`;
const ROW_IDS = "SELECT id, writer, first_seq AS first FROM metrics INDEXED BY metrics_block WHERE block = ?";
const COUNT_CHUNKS = "SELECT count(*) FROM chunk WHERE id BETWEEN ? AND ?";
const DROP_ROW = "DELETE FROM metrics WHERE id = ? AND block = ? AND writer = ? AND first_seq = ?";
const ADD_ROW = `INSERT INTO metrics (timestamp, start, resolution, writer, first_seq, seq, points, block)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?)`;
/** Blocks that end at or before a moment are due when they are many, or the oldest has waited. */
interface Due {
  readonly resolution: number;
  readonly before: number;
  readonly wait: number;
}

interface Task {
  readonly resolution: number;
  readonly sources: readonly BlockEntry[];
}

/** Rolls sealed rows up to minutes and hours, some blocks at a time. */
export class RollingUp {
  readonly #lease: MaintenanceLease;
  /** Blocks that are damaged, or hold sketches that cannot be merged; left as they are. */
  readonly #unrollable = new Set<number>();

  constructor(lease: MaintenanceLease) {
    this.#lease = lease;
  }

  /** The file is another one now. */
  reset(): void {
    this.#unrollable.clear();
  }

  /** Whether `next` would do something. */
  due({ connection, limits }: StoreWriter, epochSeconds: number): boolean {
    return this.#task(connection, limits, epochSeconds) !== undefined;
  }

  /**
   * Rolls up the oldest blocks that are due, if any; the lease must be ours. Returns whether it did, and there may be more.
   * The new block stands there first with no row of `metrics` that names it; then in each transaction some rows of the old
   * ones are replaced. So it may be stopped at any point: readers take from each block the samples whose rows are there.
   */
  *next({ connection, limits }: StoreWriter, epochSeconds: number): Stepwise<boolean> {
    if (this.#task(connection, limits, epochSeconds) === undefined) return false;
    yield* makeRoomInSteps(connection, limits, true);
    const task = this.#task(connection, limits, epochSeconds);
    if (task === undefined) return false;
    try {
      yield* this.#rollUp(connection, epochSeconds, task);
      return true;
    } catch (error) {
      // Without room for the new rows beside the old ones it is tried again when the oldest have made some.
      const full = asMetricsError(error, connection.path).code === "BACKEND_FULL";
      if (full || error instanceof Overtaken) return false;
      throw error;
    }
  }

  #task(connection: Connection, limits: StoreLimits, epochSeconds: number): Task | undefined {
    const { rawHours, retentionDays, rollupDays } = limits;
    const stages: [number, number][] = [];
    if (rollupDays > retentionDays) stages.push([HOUR_SECONDS, retentionDays * DAY_SECONDS]);
    if (rawHours * HOUR_SECONDS < retentionDays * DAY_SECONDS) stages.push([MINUTE_SECONDS, rawHours * HOUR_SECONDS]);
    for (const [resolution, age] of stages) {
      const wait = Math.min(LONGEST_WAIT[resolution]!, age / 2);
      const sources = this.#sources(connection, limits, { resolution, before: epochSeconds - age, wait });
      if (sources.length > 0) return { resolution, sources };
    }
    return undefined;
  }

  #sources(connection: Connection, limits: StoreLimits, { resolution, before, wait }: Due): BlockEntry[] {
    const mostSamples = Math.min(MOST_SAMPLES, (maxBytes(limits) * LARGEST_SHARE) / SAMPLE_BYTES);
    const limit = MOST_SOURCES + this.#unrollable.size;
    const found = connection.statement(SOURCES).all(resolution, before, limit) as BlockEntry[];
    const sources: BlockEntry[] = [];
    let [ticks, samples] = [0, 0];
    for (const block of found) {
      if (this.#unrollable.has(block.id)) continue;
      sources.push(block);
      // A guess is enough: it only decides when the block is full.
      const more = Math.ceil((block.last - block.first) / resolution) + 1;
      ticks += more;
      samples += more * (connection.value(COUNT_CHUNKS, ...chunkIds(block.id)) as number);
      if (ticks >= ENOUGH_TICKS || samples >= mostSamples || sources.length === MOST_SOURCES) return sources;
    }
    const [oldest] = sources;
    return oldest !== undefined && oldest.last <= before - wait ? sources : [];
  }

  *#rollUp(connection: Connection, epochSeconds: number, { resolution, sources }: Task): Stepwise<void> {
    const rows = sources.flatMap(({ id }) => readBlockRows(connection, id) ?? []);
    const ticks = inBlockOrder(rows.flatMap((source) => rollTicks(source, resolution)));
    if (ticks.length === 0) return;
    const columns = new RolledColumns();
    const positionOf = new Map(ticks.map((tick, at) => [tick, at]));
    for (const source of rows) {
      yield "more";
      if (!(yield* this.#gather(connection, source, ticks, positionOf, columns))) return;
    }
    const list = rolledTickList(ticks);
    const points = ticks.map((_, at) => columns.pointsAt(at));
    const chunks: [number, EncodedChunk][] = [];
    for (const [series, { positions, values }] of columns.take()) {
      chunks.push([series, encodeChunk(list, positions, values)]);
      yield "more";
    }
    const replacing = new Replacing(connection, epochSeconds, resolution, ticks, points);
    // The first rows come with the block: no row that names it, and nothing would ever remove it.
    const block = { resolution, ticks: list, chunks };
    let next = 0;
    const id = yield* storeBlock(connection, this.#lease, epochSeconds, block, (stored) => {
      next = replacing.some(stored, 0);
    });
    while (next < ticks.length) {
      yield "more";
      next = yield* whenFree(connection, () => {
        checkBlock(connection, id);
        return replacing.some(id, next);
      });
    }
  }

  /** Returns false for a block that stays as it is: then everything is begun anew without it. */
  *#gather(
    connection: Connection,
    source: BlockRows,
    ticks: readonly RolledTick[],
    positionOf: ReadonlyMap<RolledTick, number>,
    columns: RolledColumns,
  ): Stepwise<boolean> {
    const byPosition = new Map<number, { readonly tick: RolledTick; readonly at: number }>();
    for (const tick of ticks) {
      if (tick.source !== source) continue;
      for (const position of tick.positions) byPosition.set(position, { tick, at: positionOf.get(tick)! });
    }
    try {
      for (const series of seriesOf(connection, source.id)) {
        const chunk = readChunk(connection, source, series);
        if (chunk === undefined) continue;
        const { positions } = chunk.head;
        // What becomes one row need not be unpacked one by one.
        const tickAt = (sample: number): RolledTick | undefined => byPosition.get(positions[sample]!)?.tick;
        const of: SampleWish["of"] = (from, to) => {
          let same = from + 1;
          while (same < to && tickAt(same) === tickAt(from)) same++;
          return same === to ? "together" : "each";
        };
        const { writers } = source.ticks;
        const oneWriter = writers[positions[0]!] === writers[positions[positions.length - 1]!];
        const values = decodeChunk(chunk.head, readChunkData(connection, source.id, series), "buckets", {
          oneWriter,
          of,
        });
        columns.add(series, chunk.head, values, source.ticks.ends, (position) => byPosition.get(position));
        yield "more";
      }
      return true;
    } catch (error) {
      if (!isMetricsError(error, "STORE_CORRUPT") && !isMetricsError(error, "INVALID_QUERY")) throw error;
      this.#unrollable.add(source.id);
      return false;
    }
  }
}

/** Puts rolled up rows in the place of those they are made of. */
class Replacing {
  readonly #connection: Connection;
  readonly #resolution: number;
  readonly #ticks: readonly RolledTick[];
  readonly #points: readonly number[];
  readonly #epochSeconds: number;
  /** Row ids by source, writer and sequence number. */
  readonly #ids = new Map<string, number>();

  constructor(
    connection: Connection,
    epochSeconds: number,
    resolution: number,
    ticks: readonly RolledTick[],
    points: readonly number[],
  ) {
    this.#connection = connection;
    this.#epochSeconds = epochSeconds;
    this.#resolution = resolution;
    this.#ticks = ticks;
    this.#points = points;
    for (const { id: source } of new Set(ticks.map((tick) => tick.source))) {
      const rows = connection.statement(ROW_IDS).all(source) as { id: number; writer: number; first: number }[];
      for (const { id, writer, first } of rows) this.#ids.set(`${source}/${writer}/${first}`, id);
    }
  }

  /** Replaces some, in one transaction. Returns where to go on. */
  some(block: number, from: number): number {
    const add = this.#connection.statement(ADD_ROW);
    let at = from;
    let rows = 0;
    do {
      const tick = this.#ticks[at]!;
      this.#drop(tick);
      const { end, start, writer, firstSeq, seq } = tick;
      add.run(end, start, this.#resolution, writer, firstSeq, seq, this.#points[at]!, block);
      rows += tick.positions.length;
      at++;
    } while (at < this.#ticks.length && rows + this.#ticks[at]!.positions.length <= ROWS_PER_STEP);
    countPacking(this.#connection);
    noteRollUp(this.#connection, this.#epochSeconds);
    return at;
  }

  /** Throws `Overtaken` unless exactly the rows that were read are still there. */
  #drop({ source, positions }: RolledTick): void {
    const drop = this.#connection.statement(DROP_ROW);
    const { writers, firstSeqs } = source.ticks;
    for (const position of positions) {
      const [writer, first] = [writers[position]!, firstSeqs[position]!];
      const row = this.#ids.get(`${source.id}/${writer}/${first}`);
      if (row === undefined || drop.run(row, source.id, writer, first).changes !== 1) {
        throw new Overtaken(`a row of block ${source.id} is gone`);
      }
    }
  }
}
