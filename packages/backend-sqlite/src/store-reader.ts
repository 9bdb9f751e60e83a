import { MetricsError } from "@giflab/metrics-core";
import { BlockRowsCache } from "./block-rows-cache.ts";
import { retryWhileBusy } from "./busy-retry.ts";
import type { Connection } from "./connection.ts";
import { openReader } from "./open-reader.ts";
import { RowDataCache } from "./row-data-cache.ts";
import { SeriesTable } from "./series-table.ts";
import { asMetricsError } from "./sqlite-error.ts";
import { fileIdentity } from "./store-file.ts";

/** What a read sees: one state of the file. `series` is another object whenever row ids may mean something else. */
export interface StoreView {
  readonly connection: Connection;
  readonly series: SeriesTable;
  /** What queries have read of rows that are not sealed. */
  readonly rowData: RowDataCache;
  /** And of those that are. */
  readonly blockRows: BlockRowsCache;
}

/** A connection for queries, opened on first use and again when the file has been replaced. */
export class StoreReader {
  readonly #dbPath: string;
  readonly #onWarning: (message: string) => void;
  readonly #beforeOpening: () => void;
  #view: StoreView | undefined;
  #closed = false;

  /** @param beforeOpening makes the file where a reader may. */
  constructor(dbPath: string, onWarning: (message: string) => void, beforeOpening: () => void) {
    this.#dbPath = dbPath;
    this.#onWarning = onWarning;
    this.#beforeOpening = beforeOpening;
  }

  /**
   * Runs `work` in one short read transaction; waits for locks without blocking the event loop, in which case `work` may be
   * called again. `work` must be done with the view when it returns.
   */
  read<T>(work: (view: StoreView) => T): Promise<T> {
    return retryWhileBusy(() => {
      try {
        const { connection } = this.#open();
        return connection.snapshot(() => work(this.#current(connection)));
      } catch (cause) {
        const error = asMetricsError(cause, this.#dbPath);
        // What SQLite could not do with this connection it may do with the next.
        if (error.cause !== undefined && error.code !== "BACKEND_BUSY") this.#drop();
        throw error;
      }
    });
  }

  /** Opens the file now. */
  open(): void {
    this.#open();
  }

  close(): void {
    this.#closed = true;
    this.#drop();
  }

  #open(): StoreView {
    if (this.#closed) throw new MetricsError("CLOSED", `the store ${this.#dbPath} is closed`);
    if (this.#view !== undefined && this.#view.connection.identity === fileIdentity(this.#dbPath)) return this.#view;
    this.#drop();
    this.#beforeOpening();
    const connection = openReader(this.#dbPath, this.#onWarning);
    this.#view = viewOf(connection);
    return this.#view;
  }

  #current(connection: Connection): StoreView {
    if (this.#view?.connection !== connection || !this.#view.series.current) {
      this.#view = viewOf(connection);
    }
    return this.#view;
  }

  #drop(): void {
    this.#view?.connection.close();
    this.#view = undefined;
  }
}

function viewOf(connection: Connection): StoreView {
  const series = new SeriesTable(connection);
  return { connection, series, rowData: new RowDataCache(), blockRows: new BlockRowsCache() };
}
