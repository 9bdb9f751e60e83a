import type { AggregationSink } from "./aggregation-sink.ts";
import type { SeriesTable } from "./series-table.ts";
import type { StoreReader } from "./store-reader.ts";

const PAGE = 500;
const IDS = `SELECT id FROM series WHERE id > ? ORDER BY id LIMIT ${PAGE}`;

/** Row ids of the series that a query wants, as long as `table` is the current one. */
export interface WantedSeries {
  readonly table: SeriesTable;
  readonly ids: readonly number[];
}

/** Asks the aggregation about every series of the store, a few hundred at a time. */
export async function wantedSeries(reader: StoreReader, sink: AggregationSink): Promise<WantedSeries> {
  let table: SeriesTable | undefined;
  let ids: number[] = [];
  let last = 0;
  for (;;) {
    const page = await reader.read((view) => {
      sink.begin(view);
      if (table !== view.series) {
        table = view.series;
        ids = [];
        last = 0;
      }
      const found = (view.connection.statement(IDS).all(last) as { id: number }[]).map(({ id }) => id);
      for (const id of found) if (sink.series(id) >= 0) ids.push(id);
      last = found.at(-1) ?? last;
      return found.length;
    });
    if (page < PAGE && table !== undefined) return { table, ids };
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
}
