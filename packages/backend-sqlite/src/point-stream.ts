import {
  type InstanceIdentity,
  type MetricPoint,
  MetricsError,
  type PointsQuery,
  pointMatcher,
  type SketchData,
} from "@giflab/metrics-core";
import { type RowConsumer, RowPages, type StoredRow } from "./row-pages.ts";
import { SequenceRanges } from "./sequence-ranges.ts";
import type { StoredSeries } from "./series-table.ts";
import { decodePoints, type PointSink } from "./snapshot-codec.ts";
import type { StoreReader, StoreView } from "./store-reader.ts";
import { storedWriter } from "./stored-writer.ts";

/** A page is full with this many points; a single row may hold more. */
const POINTS_PER_PAGE = 1000;

/**
 * Every stored point of a window in time order, page by page: memory stays the same however many there are, and nothing is
 * held open while the caller is busy with a point. What is written, sealed or rolled up meanwhile comes once or not at all.
 */
export async function* streamPoints(reader: StoreReader, query: PointsQuery): AsyncGenerator<MetricPoint> {
  const { from = -Number.MAX_VALUE, to = Number.MAX_VALUE } = query;
  if (!(from <= to)) {
    throw new MetricsError(
      "INVALID_QUERY",
      `a window runs from an earlier to a later epoch second, got ${from} to ${to}`,
    );
  }
  const rows = new PointRows(query);
  const pages = new RowPages(Math.max(from, -Number.MAX_VALUE), Math.min(to, Number.MAX_VALUE), "rising");
  while (!pages.done) {
    await pages.next(reader, rows);
    yield* rows.take();
  }
}

class PointRows implements RowConsumer, PointSink {
  readonly #wanted: ReturnType<typeof pointMatcher>;
  readonly #taken = new SequenceRanges();
  readonly #instances = new Map<number, InstanceIdentity | undefined>();
  #points: MetricPoint[] = [];
  #view: StoreView | undefined;
  #instance: InstanceIdentity | undefined;
  #row: StoredRow | undefined;

  constructor(query: PointsQuery) {
    this.#wanted = pointMatcher(query);
  }

  /** The points gathered since the last call. */
  take(): readonly MetricPoint[] {
    const taken = this.#points;
    this.#points = [];
    return taken;
  }

  begin(view: StoreView): void {
    if (this.#view?.connection !== view.connection) this.#instances.clear();
    this.#view = view;
  }

  row(row: StoredRow): boolean {
    this.#row = row;
    this.#instance = this.#identityOf(row.writer);
    if (this.#instance === undefined || row.data === null) return false;
    if (!this.#taken.take(row.writer, row.first_seq, row.seq)) return false;
    decodePoints(row.data, this);
    return this.#points.length >= POINTS_PER_PAGE;
  }

  counter(id: number, value: number): void {
    const series = this.#wantedSeries(id);
    if (series !== undefined) this.#points.push({ ...this.#base(series), kind: "counter", value });
  }

  gauge(id: number, value: number): void {
    const series = this.#wantedSeries(id);
    if (series !== undefined) this.#points.push({ ...this.#base(series), kind: "gauge", value });
  }

  wantsSketch(id: number): boolean {
    return this.#wantedSeries(id) !== undefined;
  }

  sketch(id: number, { layout, indexes, counts, ...numbers }: SketchData): void {
    const series = this.#wantedSeries(id);
    if (series === undefined) return;
    const kind = series.definition.kind === "timer" ? "timer" : "histogram";
    const buckets = { layout, indexes: Array.from(indexes), counts: Array.from(counts) };
    this.#points.push({ ...this.#base(series), kind, ...numbers, buckets });
  }

  #base({
    name,
    tags,
    definition,
  }: StoredSeries): Omit<MetricPoint, "kind" | "value"> & { readonly instance: InstanceIdentity } {
    const { timestamp, start, resolution } = this.#row!;
    const resolutionSeconds = resolution > 0 ? resolution : timestamp - start;
    return { name, unit: definition.unit, tags, instance: this.#instance!, timestamp, resolutionSeconds };
  }

  #wantedSeries(id: number): StoredSeries | undefined {
    const series = this.#view!.series.get(id);
    if (series === undefined || !this.#wanted(series.name, series.tags, series.definition, this.#instance!))
      return undefined;
    return series;
  }

  #identityOf(writer: number): InstanceIdentity | undefined {
    if (!this.#instances.has(writer)) {
      this.#instances.set(writer, storedWriter(this.#view!.connection, writer)?.identity);
    }
    return this.#instances.get(writer);
  }
}
