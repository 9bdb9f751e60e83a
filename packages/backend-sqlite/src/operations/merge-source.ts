import type { Connection } from "../connection.ts";
import { SeriesTable, type StoredSeries } from "../series-table.ts";
import { asMetricsError } from "../sqlite-error.ts";
import type { Stepwise } from "../stepwise.ts";

const WRITERS = `SELECT id, writer_id AS writerId, service, version, host, pid, thread, start_time AS startTime,
  flush_interval AS flushInterval, last_seq AS lastSeq, last_end AS lastEnd, closed_at AS closedAt FROM writer`;
const ATTEMPTS = 50;

/** A row of table `writer` of a source. */
export interface SourceWriter {
  readonly id: number;
  readonly writerId: string;
  readonly service: string;
  readonly version: string;
  readonly host: string;
  readonly pid: number;
  readonly thread: number;
  readonly startTime: number;
  readonly flushInterval: number;
  readonly lastSeq: number;
  readonly lastEnd: number;
  readonly closedAt: number | null;
}

/** A store that is merged into another; only read. */
export class MergeSource {
  readonly connection: Connection;
  #writers = new Map<number, SourceWriter>();
  #series: SeriesTable;

  constructor(connection: Connection) {
    this.connection = connection;
    this.#series = new SeriesTable(connection);
  }

  get path(): string {
    return this.connection.path;
  }

  /** One consistent state, in one short transaction. */
  *read<T>(work: () => T): Stepwise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return this.connection.snapshot(() => {
          if (!this.#series.current) this.#series = new SeriesTable(this.connection);
          return work();
        });
      } catch (cause) {
        const error = asMetricsError(cause, this.path);
        if (error.code !== "BACKEND_BUSY" || attempt === ATTEMPTS) throw error;
      }
      yield "wait";
    }
  }

  /** All instances; to be called in `read`. */
  writers(): readonly SourceWriter[] {
    return this.connection.statement(WRITERS).all() as SourceWriter[];
  }

  /** The instance with a row id; to be called in `read`. */
  writer(id: number): SourceWriter | undefined {
    if (!this.#writers.has(id)) {
      this.#writers = new Map(this.writers().map((row) => [row.id, row]));
    }
    return this.#writers.get(id);
  }

  /** The series with a row id; to be called in `read`. */
  series(id: number): StoredSeries | undefined {
    return this.#series.get(id);
  }
}
