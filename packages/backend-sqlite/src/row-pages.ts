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

/** What the index says of a row that is not sealed: which it is. */
const KEY_COLUMNS = "id, timestamp, writer, points";
type KeyColumns = readonly [id: number, timestamp: number, writer: number, points: number];
const BY_ID = `SELECT ${ROW_COLUMNS} FROM metrics WHERE id = ?`;
/** Keys that are asked for at a time: that takes half as long as one by one. */
const ROWS_AT_ONCE = 64;

/** The order of the index: by time, then in any order that is the same for all pages. */
const rising = (
  columns: string,
  index: string,
  hot: string,
): string => `SELECT ${columns} FROM metrics INDEXED BY ${index}
  WHERE timestamp >= ? AND timestamp <= ? AND (timestamp, writer, points, id) > (?, ?, ?, ?) ${hot}
  ORDER BY timestamp, writer, points, id LIMIT ?`;
const falling = (
  columns: string,
  index: string,
  hot: string,
): string => `SELECT ${columns} FROM metrics INDEXED BY ${index}
  WHERE timestamp > ? AND timestamp <= ? AND (timestamp, writer, points, id) < (?, ?, ?, ?) ${hot}
  ORDER BY timestamp DESC, writer DESC, points DESC, id DESC LIMIT ?`;

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
  /** The row before the next one. */
  #at: Pick<StoredRow, "timestamp" | "writer" | "points" | "id">;
  #done = false;

  constructor(from: number, to: number, order: "rising" | "falling", scope: RowScope) {
    this.#from = from;
    this.#scope = scope;
    this.#to = to;
    this.#falling = order === "falling";
    // No row has ids beyond these, so a rising walk begins after all rows at `from`, a falling one with those at `to`.
    const beyond = Number.MAX_SAFE_INTEGER;
    this.#at = { timestamp: this.#falling ? to : from, writer: beyond, points: beyond, id: beyond };
  }

  get done(): boolean {
    return this.#done;
  }

  /**
   * Feeds the next page, which ends after about `milliseconds`; to be called in a transaction.
   * @param mayEnd whether a page that is over may end between these two rows; without it, anywhere.
   */
  next(
    view: StoreView,
    consumer: RowConsumer,
    milliseconds: number,
    mayEnd?: (last: StoredRow, next: StoredRow) => boolean,
  ): void {
    const until = performance.now() + milliseconds;
    let over: StoredRow | undefined;
    for (const row of this.#rows(view)) {
      if (over !== undefined && mayEnd?.(over, row) === true) return;
      this.#at = row;
      const full = feed(consumer, row) || over !== undefined || performance.now() >= until;
      if (full && mayEnd === undefined) return;
      over = full ? row : undefined;
    }
    this.#done = true;
  }

  /** Rows from where the walk is. */
  *#rows(view: StoreView): Generator<StoredRow> {
    if (this.#scope === "hot" && !view.rowData.empty) {
      yield* this.#knownRows(view);
      return;
    }
    const { connection, rowData } = view;
    const found = connection.rows(this.#sql(ROW_COLUMNS, connection.hotIndex)).iterate(...this.#window, -1);
    for (const columns of found as IterableIterator<RowColumns>) {
      const row = rowOf(columns);
      if (this.#scope === "hot") rowData.keep(row);
      yield row;
    }
  }

  /** Rows most of which have been read before: those are not read again. */
  *#knownRows({ connection, rowData }: StoreView): Generator<StoredRow> {
    const statement = connection.rows(this.#sql(KEY_COLUMNS, connection.hotIndex));
    for (;;) {
      const keys = statement.all(...this.#window, ROWS_AT_ONCE) as KeyColumns[];
      for (const key of keys) {
        const known = rowData.get(...key);
        const row = known ?? rowOf(connection.rows(BY_ID).get(key[0]) as RowColumns);
        if (known === undefined) rowData.keep(row);
        yield row;
      }
      if (keys.length < ROWS_AT_ONCE) return;
    }
  }

  /** Parameters of the statement: what is left of the window. */
  get #window(): number[] {
    const { timestamp, writer, points, id } = this.#at;
    return [this.#falling ? this.#from : timestamp, this.#to, timestamp, writer, points, id];
  }

  #sql(columns: string, hotIndex: string): string {
    const text = this.#falling ? falling : rising;
    return this.#scope === "all" ? text(columns, "metrics_time", "") : text(columns, hotIndex, "AND block IS NULL");
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
