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

/** The same without the points. */
const WITHOUT_DATA = ROW_COLUMNS.replace("data", "NULL");
const DATA = "SELECT data FROM metrics WHERE id = ?";

/** The order of the index: by time, then in any order that is the same for all pages. */
const rising = (
  columns: string,
  index: string,
  hot: string,
): string => `SELECT ${columns} FROM metrics INDEXED BY ${index}
  WHERE timestamp >= ? AND timestamp <= ? AND (timestamp, writer, points, id) > (?, ?, ?, ?) ${hot}
  ORDER BY timestamp, writer, points, id`;
const falling = (
  columns: string,
  index: string,
  hot: string,
): string => `SELECT ${columns} FROM metrics INDEXED BY ${index}
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
    const { connection, rowData } = view;
    const until = performance.now() + milliseconds;
    const cached = this.#scope === "hot" && !rowData.empty;
    const statement = connection.rows(this.#sql(cached ? WITHOUT_DATA : ROW_COLUMNS, connection.hotIndex));
    const lower = this.#falling ? this.#from : this.#at[0];
    let over: StoredRow | undefined;
    for (const columns of statement.iterate(lower, this.#to, ...this.#at) as IterableIterator<RowColumns>) {
      const stored = rowOf(columns);
      if (over !== undefined && mayEnd?.(over, stored) === true) return;
      this.#at = [stored.timestamp, stored.writer, stored.points, stored.id];
      const row = cached ? { ...stored, data: dataOf(view, stored) } : stored;
      if (this.#scope === "hot" && !cached && row.data !== null) rowData.keep(row, row.data);
      const full = feed(consumer, row) || performance.now() >= until || over !== undefined;
      if (full && mayEnd === undefined) return;
      over = full ? stored : undefined;
    }
    this.#done = true;
  }

  #sql(columns: string, hotIndex: string): string {
    const text = this.#falling ? falling : rising;
    return this.#scope === "all" ? text(columns, "metrics_time", "") : text(columns, hotIndex, "AND block IS NULL");
  }
}

function dataOf({ connection, rowData }: StoreView, row: StoredRow): Buffer | null {
  const known = rowData.get(row);
  if (known !== undefined) return known;
  const data = connection.value(DATA, row.id) as Buffer | null;
  if (data !== null) rowData.keep(row, data);
  return data;
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
