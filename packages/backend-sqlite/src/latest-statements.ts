import type { AggregationSink } from "./aggregation-sink.ts";
import { decodeChunk } from "./chunk-codec.ts";
import { type LookBackRows, NOTHING_RECORDED } from "./look-back-rows.ts";
import type { StoreView } from "./store-reader.ts";
import { type BlockRows, readChunk, readChunkData, reporting, seriesOf } from "./stored-block.ts";

/** Of which instance, and from which time `(from, to]`. */
export interface StatementsOf {
  readonly writer: number;
  readonly from: number;
  readonly to: number;
}

/**
 * Feeds what an instance stated last in a block, of every wanted series that it has not stated later.
 * @param only these gauges and nothing else; those that are found are removed.
 */
export function latestStatements(
  view: StoreView,
  block: number,
  of: StatementsOf,
  sink: AggregationSink,
  before: LookBackRows,
  only?: Set<number>,
): void {
  const { connection } = view;
  const rows = view.blockRows.read(connection, block);
  const instance = sink.instance(of.writer);
  if (rows === undefined || instance < 0) return;
  const ids = only ?? seriesOf(connection, block);
  for (const id of [...ids]) {
    const series = sink.series(id);
    const chunk = series < 0 ? undefined : readChunk(connection, rows, id);
    if (chunk === undefined || (only !== undefined && chunk.head.kind !== "gauge")) continue;
    const at = latest(rows, chunk.head.positions, of);
    if (at < 0) continue;
    const end = rows.ticks.ends[chunk.head.positions[at]!]!;
    if (only === undefined && !before.take(of.writer, id, end)) continue;
    if (chunk.head.kind === "counter") sink.aggregation.counter(series, instance, end, 0);
    else if (chunk.head.kind === "sketch") sink.aggregation.sketch(series, instance, end, NOTHING_RECORDED);
    else {
      const data = readChunkData(connection, block, id);
      const values = reporting(block, () => decodeChunk(chunk.head, data, "numbers"));
      if (values.kind !== "gauge") continue;
      sink.gauge(id, instance, end, values.values[at]!);
      only?.delete(id);
    }
  }
}

/** Which of some positions is the latest row of the instance in that time; -1 if none is. */
function latest({ ticks, alive }: BlockRows, positions: readonly number[], { writer, from, to }: StatementsOf): number {
  let found = -1;
  for (const [i, position] of positions.entries()) {
    const end = ticks.ends[position]!;
    if (ticks.writers[position] !== writer || end <= from || end > to || alive?.[position] === false) continue;
    if (found < 0 || end >= ticks.ends[positions[found]!]!) found = i;
  }
  return found;
}
