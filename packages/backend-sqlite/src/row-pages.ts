import { MetricsError } from "@giflab/metrics-core";
import type { StoreView } from "./store-reader.ts";

/** A row of `metrics`: what one instance recorded in `(start, timestamp]`. */
export interface StoredRow {
  readonly id: number;
  readonly timestamp: number;
  readonly start: number;
  readonly resolution: number;
  readonly writer: number;
  readonly first_seq: number;
  readonly seq: number;
  readonly points: number;
  /** The block that holds its points once it is sealed; `data` is null then. */
  readonly block: number | null;
  readonly data: Buffer | null;
}

/** Columns of a `StoredRow`, */
export const ROW_COLUMNS = "id, timestamp, start, resolution, writer, first_seq, seq, points, block, data";
/** and what SQLite gives for them. */
export type RowColumns = readonly [
  number,
  number,
  number,
  number,
  number,
  number,
  number,
  number,
  number | null,
  Buffer | null,
];

/** A row from its columns: several times faster than if SQLite names them. */
export function rowOf([
  id,
  timestamp,
  start,
  resolution,
  writer,
  first_seq,
  seq,
  points,
  block,
  data,
]: RowColumns): StoredRow {
  return { id, timestamp, start, resolution, writer, first_seq, seq, points, block, data };
}

/** The order of the index: by time, then in any order that is the same for all pages. */
const rising = (index: string, hot: string): string => `SELECT ${ROW_COLUMNS} FROM metrics INDEXED BY ${index}
  WHERE timestamp >= ? AND timestamp <= ? AND (timestamp, writer, points, id) > (?, ?, ?, ?) ${hot}
  ORDER BY timestamp, writer, points, id`;
const falling = (index: string, hot: string): string => `SELECT ${ROW_COLUMNS} FROM metrics INDEXED BY ${index}
  WHERE timestamp > ? AND timestamp <= ? AND (timestamp, writer, points, id) < (?, ?, ?, ?) ${hot}
  ORDER BY timestamp DESC, writer DESC, points DESC, id DESC`;

/** Which rows a walk is about: those whose points stand in themselves, or sealed ones too. */
export type RowScope = "hot" | "all";

/** Something that rows are fed to. */
export interface RowConsumer {
  /** One row. Returning true ends the page, for instance because it holds enough. */
  row(row: StoredRow): boolean;
}

/** A window `(from, to]` of rows in time order, read in pages: each may be read in a transaction of its own. */
export class RowPages {
  readonly #from: number;
  readonly #to: number;
  readonly #falling: boolean;
  readonly #scope: RowScope;
  #at: readonly [number, number, number, number];
  #done = false;

  constructor(from: number, to: number, order: "rising" | "falling", scope: RowScope) {
    this.#from = from;
    this.#scope = scope;
    this.#to = to;
    this.#falling = order === "falling";
    // No row has ids beyond these, so a rising walk begins after all rows at `from`, a falling one with those at `to`.
    const beyond = Number.MAX_SAFE_INTEGER;
    this.#at = this.#falling ? [to, beyond, beyond, beyond] : [from, beyond, beyond, beyond];
  }

  get done(): boolean {
    return this.#done;
  }

  /** Feeds the next page, which ends after about `milliseconds`; to be called in a transaction. */
  next({ connection }: StoreView, consumer: RowConsumer, milliseconds: number): void {
    const until = performance.now() + milliseconds;
    const statement = connection.rows(this.#sql(connection.hotIndex));
    const lower = this.#falling ? this.#from : this.#at[0];
    for (const columns of statement.iterate(lower, this.#to, ...this.#at) as IterableIterator<RowColumns>) {
      const row = rowOf(columns);
      this.#at = [row.timestamp, row.writer, row.points, row.id];
      if (feed(consumer, row) || performance.now() >= until) return;
    }
    this.#done = true;
  }

  #sql(hotIndex: string): string {
    const text = this.#falling ? falling : rising;
    return this.#scope === "all" ? text("metrics_time", "") : text(hotIndex, "AND block IS NULL");
  }
}

/** Feeds a row; damage in it is reported with the way to get rid of it. */
export function feed(consumer: RowConsumer, row: StoredRow): boolean {
  try {
    return consumer.row(row);
  } catch (cause) {
    if (!(cause instanceof MetricsError) || cause.code !== "STORE_CORRUPT") throw cause;
    throw new MetricsError(
      "STORE_CORRUPT",
      `row ${row.id} of table metrics is damaged (${cause.message}): delete it with sqlite3 and "DELETE FROM metrics WHERE id = ${row.id};"`,
      { cause },
    );
  }
}
