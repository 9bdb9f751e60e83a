import {
  type Aggregation,
  GAUGE_LOOKBACK_SECONDS,
  type InstanceIdentity,
  type InstanceState,
  type MetricPoint,
  type NamedDefinition,
  type PointsQuery,
  pointMatcher,
  type RecordedMetricDefinition,
  type SketchData,
  type Tags,
  type WindowQuery,
} from "@giflab/metrics-core";
import type { Connection } from "./connection.ts";
import { decodePoints, type PointSink } from "./snapshot-codec.ts";

/** Rows per read transaction: short, so that no reader holds back the log, and the event loop gets its turns. */
const ROWS_PER_PAGE = 512;
/** Ended instances that are asked for the last known value of gauges that nobody alive states. */
const ENDED_INSTANCES = 16;

interface Row {
  readonly id: number;
  readonly timestamp: number;
  readonly duration: number;
  readonly writer: number;
  readonly data: Buffer | null;
}

interface StoredSeries {
  readonly name: string;
  readonly tags: Tags;
  readonly definition: RecordedMetricDefinition;
}

interface StoredWriter extends InstanceState {
  readonly id: number;
}

const PAGE = `SELECT id, timestamp, duration, writer, data FROM metrics
  WHERE (timestamp > ? OR (timestamp = ? AND id > ?)) AND timestamp <= ? ORDER BY timestamp, id LIMIT ${ROWS_PER_PAGE}`;
const OF_WRITER = `SELECT id, timestamp, duration, writer, data FROM metrics
  WHERE timestamp > ? AND timestamp <= ? AND writer = ? ORDER BY timestamp DESC, id DESC`;

/** Reads rows and feeds them to aggregations; keeps the tables of series and writers it has read. */
export class StoreReader {
  readonly #connection: Connection;
  readonly #series: (StoredSeries | undefined)[] = [];
  #generation: unknown;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Derived metrics that the writers have declared. */
  derived(): readonly NamedDefinition[] {
    const rows = this.#connection.statement("SELECT definition FROM derived ORDER BY name").pluck().all() as string[];
    return rows.map((text) => JSON.parse(text) as NamedDefinition);
  }

  /** Feeds a window and its look-back to an aggregation. */
  async feed(aggregation: Aggregation, query: WindowQuery): Promise<void> {
    const feeding = new Feeding(aggregation, this, this.#writers());
    for await (const rows of this.#pages(query.from - GAUGE_LOOKBACK_SECONDS, query.to)) {
      for (const row of rows) feeding.row(row, query.from);
    }
    this.#connection.snapshot(() => this.#feedLastKnown(feeding, query));
  }

  /** Every point in time order. */
  async *points(query: PointsQuery): AsyncGenerator<MetricPoint> {
    const { from = -Number.MAX_VALUE, to = Number.MAX_VALUE } = query;
    const wanted = pointMatcher(query);
    let writers = this.#writers();
    for await (const rows of this.#pages(from, to)) {
      if (rows.some((row) => !writers.has(row.writer))) writers = this.#writers();
      for (const row of rows) {
        const instance = writers.get(row.writer)?.identity;
        if (row.data !== null && instance !== undefined) yield* this.#pointsOf(row, row.data, instance, wanted);
      }
    }
  }

  /** The series with a row id; `undefined` for one that was cleared away meanwhile. */
  series(id: number): StoredSeries | undefined {
    const known = this.#series[id];
    if (known !== undefined) return known;
    const row = this.#connection.statement("SELECT name, tags, definition FROM series WHERE id = ?").get(id) as
      | { name: string; tags: string; definition: string }
      | undefined;
    if (row === undefined) return undefined;
    const series = {
      name: row.name,
      tags: JSON.parse(row.tags) as Tags,
      definition: JSON.parse(row.definition) as RecordedMetricDefinition,
    };
    this.#series[id] = series;
    return series;
  }

  /** Pages of rows with `from < timestamp <= to`, each read in a transaction of its own. */
  async *#pages(from: number, to: number): AsyncGenerator<readonly Row[]> {
    // After `from` comes the row at `from` with an id beyond any: the window is open at its start.
    let time = from;
    let id = Number.MAX_SAFE_INTEGER;
    for (;;) {
      const rows = this.#connection.snapshot(() => {
        this.#checkGeneration();
        return this.#connection.statement(PAGE).all(time, time, id, to) as Row[];
      });
      if (rows.length > 0) yield rows;
      if (rows.length < ROWS_PER_PAGE) return;
      ({ timestamp: time, id } = rows.at(-1)!);
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
  }

  /** Forgets the series it knows when the store was cleared: their numbers are given out again. */
  #checkGeneration(): void {
    const generation = this.#connection.statement("SELECT value FROM settings WHERE key = 'generation'").pluck().get();
    if (generation === this.#generation) return;
    this.#generation = generation;
    this.#series.length = 0;
  }

  #writers(): Map<number, StoredWriter> {
    const rows = this.#connection.statement("SELECT * FROM writer").all() as Record<string, never>[];
    return new Map(rows.map((row) => [row["id"]!, toWriter(row)]));
  }

  /** Gauges that no look-back found: the last ten minutes of the instances that ended latest hold their last values. */
  #feedLastKnown(feeding: Feeding, { from, to }: WindowQuery): void {
    const ended = [...feeding.writers.values()]
      .filter((writer) => writer.lastEnd <= from - GAUGE_LOOKBACK_SECONDS && writer.lastEnd <= to)
      .sort((a, b) => b.lastEnd - a.lastEnd)
      .slice(0, ENDED_INSTANCES);
    for (const { id, lastEnd } of ended) {
      const rows = this.#connection.statement(OF_WRITER).all(lastEnd - GAUGE_LOOKBACK_SECONDS, lastEnd, id) as Row[];
      feeding.lastKnown(rows);
    }
  }

  *#pointsOf(
    row: Row,
    data: Buffer,
    instance: InstanceIdentity,
    wanted: ReturnType<typeof pointMatcher>,
  ): Generator<MetricPoint> {
    const points: MetricPoint[] = [];
    const base = (id: number): Omit<MetricPoint, "kind"> | undefined => {
      const series = this.series(id);
      if (series === undefined || !wanted(series.name, series.tags, series.definition, instance)) return undefined;
      return {
        name: series.name,
        unit: series.definition.unit,
        tags: series.tags,
        instance,
        timestamp: row.timestamp,
        resolutionSeconds: row.duration,
      } as Omit<MetricPoint, "kind">;
    };
    decodePoints(data, {
      counter: (id, value) => {
        const of = base(id);
        if (of) points.push({ ...of, kind: "counter", value } as MetricPoint);
      },
      gauge: (id, value) => {
        const of = base(id);
        if (of) points.push({ ...of, kind: "gauge", value } as MetricPoint);
      },
      sketch: (id, { layout, indexes, counts, ...numbers }) => {
        const of = base(id);
        const kind = this.series(id)?.definition.kind;
        if (of) points.push({ ...of, kind, ...numbers, buckets: { layout, indexes, counts } } as MetricPoint);
      },
    });
    yield* points;
  }
}

/** One query being fed: which rows' instances and series are wanted, remembered by number. */
class Feeding implements PointSink {
  readonly writers: ReadonlyMap<number, StoredWriter>;
  readonly #aggregation: Aggregation;
  readonly #reader: StoreReader;
  readonly #instances = new Map<number, number>();
  readonly #wanted: number[] = [];
  readonly #gauges = new Set<number>();
  #instance = -1;
  #end = 0;
  #gaugesOnly = false;

  constructor(aggregation: Aggregation, reader: StoreReader, writers: ReadonlyMap<number, StoredWriter>) {
    this.#aggregation = aggregation;
    this.#reader = reader;
    this.writers = writers;
  }

  row(row: Row, from: number): void {
    const instance = this.#instanceOf(row.writer);
    if (instance < 0) return;
    if (row.timestamp > from) this.#aggregation.cover(instance, row.timestamp - row.duration, row.timestamp);
    this.#instance = instance;
    this.#end = row.timestamp;
    if (row.data !== null) decodePoints(row.data, this);
  }

  /** Takes gauges that nobody has stated yet from rows of an ended instance, the latest first. */
  lastKnown(rows: readonly Row[]): void {
    this.#gaugesOnly = true;
    for (const row of rows) {
      this.#instance = this.#instanceOf(row.writer);
      this.#end = row.timestamp;
      if (this.#instance >= 0 && row.data !== null) decodePoints(row.data, this);
    }
    this.#gaugesOnly = false;
  }

  counter(id: number, delta: number): void {
    if (this.#gaugesOnly) return;
    const series = this.#seriesOf(id);
    if (series >= 0) this.#aggregation.counter(series, this.#instance, this.#end, delta);
  }

  gauge(id: number, value: number): void {
    if (this.#gaugesOnly && this.#gauges.has(id)) return;
    const series = this.#seriesOf(id);
    if (series < 0) return;
    this.#gauges.add(id);
    this.#aggregation.gauge(series, this.#instance, this.#end, value);
  }

  sketch(id: number, data: SketchData): void {
    if (this.#gaugesOnly) return;
    const series = this.#seriesOf(id);
    if (series >= 0) this.#aggregation.sketch(series, this.#instance, this.#end, data);
  }

  #instanceOf(writer: number): number {
    let instance = this.#instances.get(writer);
    if (instance === undefined) {
      const state = this.writers.get(writer);
      instance = state === undefined ? -1 : this.#aggregation.instance(state);
      this.#instances.set(writer, instance);
    }
    return instance;
  }

  #seriesOf(id: number): number {
    let series = this.#wanted[id];
    if (series === undefined) {
      const stored = this.#reader.series(id);
      series = stored === undefined ? -1 : this.#aggregation.series(stored.name, stored.tags, stored.definition);
      this.#wanted[id] = series;
    }
    return series;
  }
}

function toWriter(row: Record<string, never>): StoredWriter {
  const identity = {
    service: row["service"]!,
    version: row["version"]!,
    host: row["host"]!,
    pid: row["pid"]!,
    thread: row["thread"]!,
    startTime: row["start_time"]!,
    writerId: row["writer_id"]!,
  } as InstanceIdentity;
  return {
    id: row["id"]!,
    identity,
    flushIntervalSeconds: row["flush_interval"]!,
    lastEnd: row["last_end"]!,
    closedAt: row["closed_at"] ?? undefined,
  };
}
