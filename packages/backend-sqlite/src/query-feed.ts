import {
  type Aggregation,
  GAUGE_LOOKBACK_SECONDS,
  LIVE_FLUSH_INTERVALS,
  MetricsError,
  type NamedDefinition,
  type SketchData,
  type WindowQuery,
} from "@giflab/metrics-core";
import { AggregationSink } from "./aggregation-sink.ts";
import { feedBlocks } from "./block-feed.ts";
import { latestStatements } from "./latest-statements.ts";
import type { BlockReading } from "./loaded-block.ts";
import { LookBackRows } from "./look-back-rows.ts";
import { type ReadSteps, readInSteps, STEP_MS, type ViewSource } from "./read-steps.ts";
import { feed, ROW_COLUMNS, type RowColumns, type RowConsumer, RowPages, rowOf, type StoredRow } from "./row-pages.ts";
import { SequenceRanges } from "./sequence-ranges.ts";
import { decodePoints, type PointSink } from "./snapshot-codec.ts";
import type { StoreView } from "./store-reader.ts";
import { wantedSeries } from "./wanted-series.ts";

/** Ended instances, the latest first, that are asked for gauges which nobody alive states, and rows read for that. */
const ENDED_INSTANCES = 32;
const ENDED_ROWS = 200;

const SLOW_WRITERS = `SELECT id, flush_interval AS interval FROM writer
  WHERE flush_interval > ? AND last_end > ? - ${LIVE_FLUSH_INTERVALS} * flush_interval`;
const ENDED_WRITERS = `SELECT id, last_end AS lastEnd FROM writer WHERE last_end <= ? ORDER BY last_end DESC LIMIT ${ENDED_INSTANCES}`;
const OF_WRITER = `SELECT ${ROW_COLUMNS} FROM metrics INDEXED BY metrics_time
  WHERE timestamp > ? AND timestamp <= ? AND writer = ? ORDER BY timestamp DESC LIMIT ${ENDED_ROWS}`;

/** Times a query is begun anew before it is given up: each time somebody has moved what it was reading. */
const ATTEMPTS = 100;

/**
 * Answers a query by one consistent view of the store, without holding it: most are done in one read transaction. If one
 * takes several, what was sealed or rolled up meanwhile is recognised by its sequence numbers; it is begun anew when that
 * does not tell, for rows that were taken have become a part of others, or when the file was cleared or replaced.
 * @param aggregate makes the aggregation, from the derived metrics that writers have declared.
 * @param transactionMs after which time a transaction ends.
 */
export async function answerQuery<A extends Aggregation>(
  source: ViewSource,
  query: WindowQuery,
  reading: BlockReading,
  aggregate: (derived: readonly NamedDefinition[]) => A,
  transactionMs?: number,
): Promise<A> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    let aggregation: A | undefined;
    const begin = (view: StoreView): ReadSteps<boolean> => {
      aggregation = aggregate(view.series.derived());
      return feedQuery(view, aggregation, query, reading);
    };
    const done = await readInSteps(source, begin, transactionMs);
    if (done?.result === true) return aggregation!;
  }
  throw new MetricsError("BACKEND_BUSY", `the store was changed ${ATTEMPTS} times while it was read: ask again`);
}

/**
 * Feeds a window to an aggregation, and what is needed from before it:
 *
 * 1. the rows of the window that are not sealed;
 * 2. the last eleven minutes before it, the latest statement of every series and instance: whatever is alive was stated then;
 * 3. what is sealed, of the window and of those minutes. Last, because rows may be sealed meanwhile, but never the reverse;
 * 4. of instances that write less often than that, as long as they count as alive;
 * 5. for gauges that have no value by then, what the instances that ended last have stated in the end.
 *
 * Returns false when it is to be begun anew.
 */
function* feedQuery(
  view: StoreView,
  aggregation: Aggregation,
  query: WindowQuery,
  reading: BlockReading,
): ReadSteps<boolean> {
  const { from, to } = query;
  const sink = new AggregationSink(aggregation, view);
  const wanted = yield* wantedSeries(view, sink);
  const taken = new SequenceRanges();
  yield* feedPages(view, new RowPages(from, to, "rising", "hot"), new WindowRows(sink, taken, wanted.mask));
  const before = new LookBackRows(sink, wanted.mask);
  yield* feedPages(view, new RowPages(from - GAUGE_LOOKBACK_SECONDS, from, "falling", "hot"), before);
  if (!(yield* feedBlocks(view, sink, taken, before, query, reading, wanted.ids))) return false;
  yield* feedSlowWriters(view, before, sink, from);
  yield* feedEndedWriters(view, before, sink, from, wanted.ids);
  return true;
}

function* feedPages(view: StoreView, pages: RowPages, consumer: RowConsumer): ReadSteps<void> {
  for (;;) {
    pages.next(view, consumer, STEP_MS);
    if (pages.done) return;
    yield;
  }
}

function* feedSlowWriters(view: StoreView, before: LookBackRows, sink: AggregationSink, from: number): ReadSteps<void> {
  const often = GAUGE_LOOKBACK_SECONDS / LIVE_FLUSH_INTERVALS;
  const since = from - GAUGE_LOOKBACK_SECONDS;
  const slow = view.connection.statement(SLOW_WRITERS).all(often, from) as { id: number; interval: number }[];
  for (const { id, interval } of slow) {
    yield;
    const sealed = new Set<number>();
    const earliest = from - LIVE_FLUSH_INTERVALS * interval;
    for (const row of rowsOf(view, earliest, since, id)) {
      if (row.block !== null) sealed.add(row.block);
      else feed(before, row);
    }
    for (const block of sealed) latestStatements(view, block, { writer: id, from: earliest, to: since }, sink, before);
  }
}

function* feedEndedWriters(
  view: StoreView,
  before: LookBackRows,
  sink: AggregationSink,
  from: number,
  wanted: readonly number[],
): ReadSteps<void> {
  const missing = new Set(
    wanted.filter((id) => view.series.get(id)?.definition.kind === "gauge" && sink.lacksGauge(id)),
  );
  if (missing.size === 0) return;
  before.only(missing);
  let rows = ENDED_ROWS;
  const ended = view.connection.statement(ENDED_WRITERS).all(from - GAUGE_LOOKBACK_SECONDS);
  for (const { id, lastEnd } of ended as { id: number; lastEnd: number }[]) {
    yield;
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

function* rowsOf(view: StoreView, from: number, to: number, writer: number): Generator<StoredRow> {
  const rows = view.connection.rows(OF_WRITER).iterate(from, to, writer) as IterableIterator<RowColumns>;
  for (const columns of rows) yield rowOf(columns);
}

/** Rows of the window itself. */
class WindowRows implements RowConsumer, PointSink {
  readonly #sink: AggregationSink;
  readonly #taken: SequenceRanges;
  readonly wanted: Uint8Array | undefined;
  #instance = -1;
  #end = 0;

  constructor(sink: AggregationSink, taken: SequenceRanges, wanted: Uint8Array | undefined) {
    this.#sink = sink;
    this.#taken = taken;
    this.wanted = wanted;
  }

  row({ writer, first_seq, seq, start, timestamp, data }: StoredRow): boolean {
    this.#instance = this.#sink.instance(writer);
    this.#end = timestamp;
    if (this.#instance < 0 || this.#taken.take(writer, first_seq, seq) !== "new") return false;
    this.#sink.aggregation.cover(this.#instance, start, timestamp);
    if (data !== null) decodePoints(data, this);
    return false;
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
