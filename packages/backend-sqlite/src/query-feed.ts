import {
  type Aggregation,
  GAUGE_LOOKBACK_SECONDS,
  LIVE_FLUSH_INTERVALS,
  type SketchData,
  type WindowQuery,
} from "@giflab/metrics-core";
import { AggregationSink } from "./aggregation-sink.ts";
import { feedBlocks } from "./block-feed.ts";
import { latestStatements } from "./latest-statements.ts";
import type { BlockReading } from "./loaded-block.ts";
import { LookBackRows } from "./look-back-rows.ts";
import { feed, ROW_COLUMNS, type RowConsumer, RowPages, type StoredRow } from "./row-pages.ts";
import { SequenceRanges } from "./sequence-ranges.ts";
import { decodePoints, type PointSink } from "./snapshot-codec.ts";
import type { StoreReader, StoreView } from "./store-reader.ts";

/** Ended instances, the latest first, that are asked for gauges which nobody alive states, and rows read for that. */
const ENDED_INSTANCES = 32;
const ENDED_ROWS = 200;

const SLOW_WRITERS = `SELECT id, flush_interval AS interval FROM writer
  WHERE flush_interval > ? AND last_end > ? - ${LIVE_FLUSH_INTERVALS} * flush_interval`;
const ENDED_WRITERS = `SELECT id, last_end AS lastEnd FROM writer WHERE last_end <= ? ORDER BY last_end DESC LIMIT ${ENDED_INSTANCES}`;
const OF_WRITER = `SELECT ${ROW_COLUMNS} FROM metrics INDEXED BY metrics_time
  WHERE timestamp > ? AND timestamp <= ? AND writer = ? ORDER BY timestamp DESC LIMIT ${ENDED_ROWS}`;

/**
 * Feeds a window to an aggregation, and what is needed from before it:
 *
 * 1. the rows of the window that are not sealed;
 * 2. the last eleven minutes before it, the latest statement of every series and instance: whatever is alive was stated then;
 * 3. what is sealed, of the window and of those minutes. Last, because rows may be sealed meanwhile, but never the reverse;
 * 4. of instances that write less often than that, as long as they count as alive;
 * 5. for gauges that have no value by then, what the instances that ended last have stated in the end.
 */
export async function feedQuery(
  reader: StoreReader,
  aggregation: Aggregation,
  query: WindowQuery,
  reading: BlockReading,
): Promise<void> {
  const { from, to } = query;
  const sink = new AggregationSink(aggregation);
  const taken = new SequenceRanges();
  await feedPages(reader, new RowPages(from, to, "rising", "hot"), new WindowRows(sink, taken));
  const before = new LookBackRows(sink);
  await feedPages(reader, new RowPages(from - GAUGE_LOOKBACK_SECONDS, from, "falling", "hot"), before);
  await feedBlocks(reader, sink, taken, before, query, reading);
  await reader.read((view) => {
    before.begin(view);
    feedSlowWriters(view, before, sink, from);
    feedEndedWriters(view, before, sink, from);
  });
}

async function feedPages(reader: StoreReader, pages: RowPages, consumer: RowConsumer): Promise<void> {
  for (;;) {
    await pages.next(reader, consumer);
    if (pages.done) return;
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
}

function feedSlowWriters(view: StoreView, before: LookBackRows, sink: AggregationSink, from: number): void {
  const often = GAUGE_LOOKBACK_SECONDS / LIVE_FLUSH_INTERVALS;
  const since = from - GAUGE_LOOKBACK_SECONDS;
  const slow = view.connection.statement(SLOW_WRITERS).all(often, from) as { id: number; interval: number }[];
  for (const { id, interval } of slow) {
    const sealed = new Set<number>();
    const earliest = from - LIVE_FLUSH_INTERVALS * interval;
    for (const row of rowsOf(view, earliest, since, id)) {
      if (row.block !== null) sealed.add(row.block);
      else feed(before, row);
    }
    for (const block of sealed) latestStatements(view, block, { writer: id, from: earliest, to: since }, sink, before);
  }
}

function feedEndedWriters(view: StoreView, before: LookBackRows, sink: AggregationSink, from: number): void {
  const missing = new Set(view.series.gauges().filter((id) => sink.lacksGauge(id)));
  if (missing.size === 0) return;
  before.only(missing);
  let rows = ENDED_ROWS;
  const ended = view.connection.statement(ENDED_WRITERS).all(from - GAUGE_LOOKBACK_SECONDS);
  for (const { id, lastEnd } of ended as { id: number; lastEnd: number }[]) {
    const sealed = new Set<number>();
    const statements = { writer: id, from: lastEnd - GAUGE_LOOKBACK_SECONDS, to: lastEnd };
    for (const row of rowsOf(view, statements.from, lastEnd, id)) {
      if (row.block === null) feed(before, row);
      else if (!sealed.has(row.block)) latestStatements(view, row.block, statements, sink, before, missing);
      if (row.block !== null) sealed.add(row.block);
      if (--rows === 0 || missing.size === 0) return;
    }
  }
}

function rowsOf(view: StoreView, from: number, to: number, writer: number): IterableIterator<StoredRow> {
  return view.connection.statement(OF_WRITER).iterate(from, to, writer) as IterableIterator<StoredRow>;
}

/** Rows of the window itself. */
class WindowRows implements RowConsumer, PointSink {
  readonly #sink: AggregationSink;
  readonly #taken: SequenceRanges;
  #instance = -1;
  #end = 0;

  constructor(sink: AggregationSink, taken: SequenceRanges) {
    this.#sink = sink;
    this.#taken = taken;
  }

  begin(view: StoreView): void {
    this.#sink.begin(view);
  }

  row({ writer, first_seq, seq, start, timestamp, data }: StoredRow): boolean {
    this.#instance = this.#sink.instance(writer);
    this.#end = timestamp;
    if (this.#instance < 0 || !this.#taken.take(writer, first_seq, seq)) return false;
    this.#sink.aggregation.cover(this.#instance, start, timestamp);
    if (data !== null) decodePoints(data, this);
    return false;
  }

  wants(id: number): boolean {
    return this.#sink.series(id) >= 0;
  }

  counter(id: number, delta: number): void {
    const series = this.#sink.series(id);
    if (series >= 0) this.#sink.aggregation.counter(series, this.#instance, this.#end, delta);
  }

  gauge(id: number, value: number): void {
    this.#sink.gauge(id, this.#instance, this.#end, value);
  }

  wantsSketch(id: number): boolean {
    return this.#sink.series(id) >= 0;
  }

  sketch(id: number, data: SketchData): void {
    this.#sink.aggregation.sketch(this.#sink.series(id), this.#instance, this.#end, data);
  }
}
