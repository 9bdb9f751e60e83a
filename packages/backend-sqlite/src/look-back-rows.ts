import type { SketchData } from "@giflab/metrics-core";
import type { AggregationSink } from "./aggregation-sink.ts";
import type { RowConsumer, StoredRow } from "./row-pages.ts";
import { decodePoints, type PointSink } from "./snapshot-codec.ts";
import type { StoreView } from "./store-reader.ts";

/** What a look-back says of a histogram: that it is there. */
export const NOTHING_RECORDED: SketchData = {
  layout: "",
  count: 0,
  sum: 0,
  min: 0,
  max: 0,
  last: 0,
  indexes: [],
  counts: [],
};

/** Rows from before the window, the latest first: only the latest statement of each series and instance counts. */
export class LookBackRows implements RowConsumer, PointSink {
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

  /** Whether an instance has stated a series already. */
  has(writer: number, id: number): boolean {
    return this.#stated.get(writer)?.has(id) ?? false;
  }

  /** An instance has stated a series in a sealed row. */
  note(writer: number, id: number): void {
    const ofWriter = this.#stated.get(writer) ?? new Set();
    this.#stated.set(writer, ofWriter.add(id));
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
