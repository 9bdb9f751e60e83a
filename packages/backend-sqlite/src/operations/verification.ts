import { retryWhileBusy } from "../busy-retry.ts";
import type { Connection } from "../connection.ts";
import { asMetricsError } from "../sqlite-error.ts";
import { Findings, problemOf } from "./findings.ts";
import { type OperationOptions, ProgressReporter } from "./operation-progress.ts";

/** How much was looked at. */
export interface CheckedCounts {
  /** Rows of `metrics`. */
  rows: number;
  /** Points in rows that are not sealed. */
  points: number;
  blocks: number;
  chunks: number;
  /** Points in chunks whose rows are there. */
  samples: number;
}

const KIND = `SELECT metric.kind FROM series JOIN metric ON metric.id = series.metric WHERE series.id = ?`;

/** What the checks of one store share. */
export class Verification {
  readonly connection: Connection;
  readonly findings: Findings = new Findings();
  readonly checked: CheckedCounts = { rows: 0, points: 0, blocks: 0, chunks: 0, samples: 0 };
  readonly #signal: AbortSignal | undefined;
  readonly #reporter: ProgressReporter;
  readonly #kinds = new Map<number, string>();
  #total = 0;

  constructor(connection: Connection, { signal, onProgress }: OperationOptions) {
    this.connection = connection;
    this.#signal = signal;
    this.#reporter = new ProgressReporter({ onProgress });
  }

  /**
   * One consistent state, read in one short transaction; waits for locks. `undefined` and a finding where damage keeps even
   * a transaction from beginning or ending.
   */
  read<T>(work: () => T): Promise<T | undefined> {
    const { connection, findings } = this;
    return retryWhileBusy(() => {
      try {
        return connection.db.inTransaction ? work() : connection.snapshot(work);
      } catch (cause) {
        const error = asMetricsError(cause, connection.path);
        if (error.code !== "STORE_CORRUPT") throw error;
        findings.damaged("the file", problemOf(error), `save what can be read: sqlite3 ${connection.path} ".recover"`);
        this.#endTransaction();
        return undefined;
      }
    });
  }

  /** Row ids in a form that survives damage: those up to the first that cannot be read, and a finding about the rest. */
  async ids(table: string, sql: string): Promise<number[]> {
    const found: number[] = [];
    const remedy = `save what can be read: sqlite3 ${this.connection.path} ".recover"`;
    await this.read(() => {
      found.length = 0;
      this.findings.guard(this.connection.path, `table ${table} after ${found.length} rows`, remedy, () => {
        for (const id of this.connection.statement(sql).pluck().iterate() as IterableIterator<number>) found.push(id);
      });
    });
    return found;
  }

  /** The kind of a series' metric; `undefined` for a series that is not there. To be called in `read`. */
  kindOf(series: number): string | undefined {
    let kind = this.#kinds.get(series);
    if (kind === undefined) {
      kind = this.connection.value(KIND, series) as string | undefined;
      if (kind !== undefined) this.#kinds.set(series, kind);
    }
    return kind;
  }

  #endTransaction(): void {
    try {
      if (this.connection.db.inTransaction) this.connection.db.exec("ROLLBACK");
    } catch {
      // Then the rest is read in the same transaction.
    }
  }

  /** SQLite's own check begins, which tells of no progress itself. */
  beginFile(): void {
    const pages = this.connection.pragma("page_count");
    this.#reporter.offer(() => ({ phase: "checking pages", done: 0, total: pages, unit: "pages" }));
  }

  expectRows(total: number): void {
    this.#total = total;
  }

  /** Between two steps: the event loop turns, progress is told, and it may be broken off. */
  async turn(): Promise<void> {
    this.#signal?.throwIfAborted();
    const total = Math.max(this.#total, this.checked.rows);
    this.#reporter.offer(() => ({ phase: "checking rows", done: this.checked.rows, total, unit: "rows" }));
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
}
