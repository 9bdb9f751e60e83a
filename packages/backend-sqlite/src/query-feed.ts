import {
  type Aggregation,
  GAUGE_LOOKBACK_SECONDS,
  LIVE_FLUSH_INTERVALS,
  type SketchData,
  type WindowQuery,
} from "@giflab/metrics-core";
import { feed, ROW_COLUMNS, type RowConsumer, RowPages, type StoredRow } from "./row-pages.ts";
import { SequenceRanges } from "./sequence-ranges.ts";
import { decodePoints, type PointSink } from "./snapshot-codec.ts";
import type { StoreReader, StoreView } from "./store-reader.ts";
import { storedWriter } from "./stored-writer.ts";

/** Ended instances, the latest first, that are asked for gauges which nobody alive states, and rows read for that. */
const ENDED_INSTANCES = 32;
const ENDED_ROWS = 200;

const SLOW_WRITERS = `SELECT id, flush_interval AS interval FROM writer
  WHERE flush_interval > ? AND last_end > ? - ${LIVE_FLUSH_INTERVALS} * flush_interval`;
const ENDED_WRITERS = `SELECT id, last_end AS lastEnd FROM writer WHERE last_end <= ? ORDER BY last_end DESC LIMIT ${ENDED_INSTANCES}`;
const OF_WRITER = `SELECT ${ROW_COLUMNS} FROM metrics INDEXED BY metrics_time
  WHERE timestamp > ? AND timestamp <= ? AND writer = ? ORDER BY timestamp DESC LIMIT ${ENDED_ROWS}`;

/** What a look-back says of a histogram: that it is there. */
const NOTHING_RECORDED: SketchData = { layout: "", count: 0, sum: 0, min: 0, max: 0, last: 0, indexes: [], counts: [] };

/**
 * Feeds a window of rows to an aggregation, and what is needed from before it:
 *
 * 1. the rows of the window;
 * 2. the last eleven minutes before it, the latest statement of every series and instance: whatever is alive was stated then;
 * 3. of instances that write less often than that, as long as they count as alive;
 * 4. for gauges that have no value by then, what the instances that ended last have stated in the end.
 */
export async function feedQuery(reader: StoreReader, aggregation: Aggregation, query: WindowQuery): Promise<void> {
  const { from, to } = query;
  const sink = new AggregationSink(aggregation);
  await feedPages(reader, new RowPages(from, to, "rising"), new WindowRows(sink));
  const before = new LookBackRows(sink);
  await feedPages(reader, new RowPages(from - GAUGE_LOOKBACK_SECONDS, from, "falling"), before);
  await reader.read((view) => {
    before.begin(view);
    feedSlowWriters(view, before, from);
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

function feedSlowWriters(view: StoreView, before: LookBackRows, from: number): void {
  const often = GAUGE_LOOKBACK_SECONDS / LIVE_FLUSH_INTERVALS;
  const since = from - GAUGE_LOOKBACK_SECONDS;
  const slow = view.connection.statement(SLOW_WRITERS).all(often, from) as { id: number; interval: number }[];
  for (const { id, interval } of slow) {
    for (const row of rowsOf(view, from - LIVE_FLUSH_INTERVALS * interval, since, id)) feed(before, row);
  }
}

function feedEndedWriters(view: StoreView, before: LookBackRows, sink: AggregationSink, from: number): void {
  const missing = new Set(view.series.gauges().filter((id) => sink.lacksGauge(id)));
  if (missing.size === 0) return;
  before.only(missing);
  let rows = ENDED_ROWS;
  const ended = view.connection.statement(ENDED_WRITERS).all(from - GAUGE_LOOKBACK_SECONDS);
  for (const { id, lastEnd } of ended as { id: number; lastEnd: number }[]) {
    for (const row of rowsOf(view, lastEnd - GAUGE_LOOKBACK_SECONDS, lastEnd, id)) {
      feed(before, row);
      if (--rows === 0 || missing.size === 0) return;
    }
  }
}

function rowsOf(view: StoreView, from: number, to: number, writer: number): IterableIterator<StoredRow> {
  return view.connection.statement(OF_WRITER).iterate(from, to, writer) as IterableIterator<StoredRow>;
}

/** The numbers that an aggregation has given to instances and series, by row id. */
class AggregationSink {
  readonly aggregation: Aggregation;
  readonly #instances = new Map<number, number>();
  #numbers: (number | undefined)[] = [];
  #stated = new Set<number>();
  #view: StoreView | undefined;

  constructor(aggregation: Aggregation) {
    this.aggregation = aggregation;
  }

  begin(view: StoreView): void {
    if (this.#view !== undefined && this.#view.series !== view.series) {
      this.#numbers = [];
      this.#stated = new Set();
    }
    if (this.#view?.connection !== view.connection) this.#instances.clear();
    this.#view = view;
  }

  /** Number of an instance, or -1 when it is not wanted. */
  instance(writer: number): number {
    let number = this.#instances.get(writer);
    if (number === undefined) {
      const state = storedWriter(this.#view!.connection, writer);
      number = state === undefined ? -1 : this.aggregation.instance(state);
      this.#instances.set(writer, number);
    }
    return number;
  }

  /** Number of a series, or -1 when it is not wanted. */
  series(id: number): number {
    let number = this.#numbers[id];
    if (number === undefined) {
      const stored = this.#view!.series.get(id);
      number = stored === undefined ? -1 : this.aggregation.series(stored.name, stored.tags, stored.definition);
      this.#numbers[id] = number;
    }
    return number;
  }

  gauge(id: number, instance: number, end: number, value: number): void {
    const series = this.series(id);
    if (series < 0) return;
    this.#stated.add(id);
    this.aggregation.gauge(series, instance, end, value);
  }

  /** Whether a wanted gauge has had no value yet. */
  lacksGauge(id: number): boolean {
    return !this.#stated.has(id) && this.series(id) >= 0;
  }
}

/** Rows of the window itself. */
class WindowRows implements RowConsumer, PointSink {
  readonly #sink: AggregationSink;
  readonly #taken = new SequenceRanges();
  #instance = -1;
  #end = 0;

  constructor(sink: AggregationSink) {
    this.#sink = sink;
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

/** Rows from before the window, the latest first: only the latest statement of each series and instance counts. */
class LookBackRows implements RowConsumer, PointSink {
  readonly #sink: AggregationSink;
  #stated = new Map<number, Set<number>>();
  #series: unknown;
  #ofWriter = new Set<number>();
  #only: Set<number> | undefined;
  #instance = -1;
  #end = 0;

  constructor(sink: AggregationSink) {
    this.#sink = sink;
  }

  begin(view: StoreView): void {
    this.#sink.begin(view);
    if (this.#series !== view.series) this.#stated = new Map();
    this.#series = view.series;
  }

  /** From now on takes these gauges only, each once; removes from the set what it has taken. */
  only(gauges: Set<number>): void {
    this.#only = gauges;
  }

  row({ writer, timestamp, data }: StoredRow): boolean {
    this.#instance = this.#sink.instance(writer);
    this.#end = timestamp;
    if (this.#instance < 0 || data === null) return false;
    this.#ofWriter = this.#stated.get(writer) ?? new Set();
    this.#stated.set(writer, this.#ofWriter);
    decodePoints(data, this);
    return false;
  }

  counter(id: number): void {
    const series = this.#first(id);
    if (series >= 0) this.#sink.aggregation.counter(series, this.#instance, this.#end, 0);
  }

  gauge(id: number, value: number): void {
    if (this.#only !== undefined) {
      if (this.#only.delete(id)) this.#sink.gauge(id, this.#instance, this.#end, value);
    } else if (this.#first(id) >= 0) this.#sink.gauge(id, this.#instance, this.#end, value);
  }

  /** Never unpacked; that it is there is all there is to say. */
  wantsSketch(id: number): boolean {
    const series = this.#first(id);
    if (series >= 0) this.#sink.aggregation.sketch(series, this.#instance, this.#end, NOTHING_RECORDED);
    return false;
  }

  sketch(): void {}

  /** Number of a wanted series that this instance has not stated later, otherwise -1. */
  #first(id: number): number {
    if (this.#only !== undefined || this.#ofWriter.has(id)) return -1;
    this.#ofWriter.add(id);
    return this.#sink.series(id);
  }
}
