import type { SketchData } from "@giflab/metrics-core";
import type { AggregationSink } from "./aggregation-sink.ts";
import type { RowConsumer, StoredRow } from "./row-pages.ts";
import { decodePoints, type PointSink } from "./snapshot-codec.ts";

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

/**
 * Rows from before the window: only the latest statement of each series and instance counts. That is a matter of their times,
 * not of who is asked first: how far back something reaches depends on its resolution, and rows may come late.
 */
export class LookBackRows implements RowConsumer, PointSink {
  readonly #sink: AggregationSink;
  /** When each series was stated last, by instance. */
  readonly #stated = new Map<number, Map<number, number>>();
  readonly #mask: Uint8Array | undefined;
  /** What is not known of an instance yet: rows come from the latest to the earliest, so what it has stated it states no more. */
  readonly #unknown = new Map<number, Uint8Array | undefined>();
  #ofWriter = new Map<number, number>();
  #only: Set<number> | undefined;
  #instance = -1;
  #end = 0;
  /** For the row at hand. */
  wanted: Uint8Array | undefined;

  /** @param mask 0 at the series that are not wanted. */
  constructor(sink: AggregationSink, mask: Uint8Array | undefined) {
    this.#sink = sink;
    this.#mask = mask;
  }

  /** From now on takes these gauges only, each once; removes from the set what it has taken. */
  only(gauges: Set<number>): void {
    this.#only = gauges;
  }

  /** Whether nothing is known of an instance having stated a series at that time or later; from now on it is. */
  take(writer: number, id: number, end: number): boolean {
    return takeLatest(this.#statedBy(writer), id, end);
  }

  row({ writer, timestamp, data }: StoredRow): boolean {
    this.#instance = this.#sink.instance(writer);
    this.#end = timestamp;
    if (this.#instance < 0 || data === null) return false;
    this.#ofWriter = this.#statedBy(writer);
    this.wanted = this.#only === undefined ? this.#unknownOf(writer) : undefined;
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
    if (this.wanted !== undefined) this.wanted[id] = 0;
    if (this.#only !== undefined || !takeLatest(this.#ofWriter, id, this.#end)) return -1;
    return this.#sink.series(id);
  }

  #unknownOf(writer: number): Uint8Array | undefined {
    if (!this.#unknown.has(writer)) this.#unknown.set(writer, this.#mask?.slice());
    return this.#unknown.get(writer);
  }

  #statedBy(writer: number): Map<number, number> {
    const found = this.#stated.get(writer) ?? new Map<number, number>();
    this.#stated.set(writer, found);
    return found;
  }
}

function takeLatest(stated: Map<number, number>, id: number, end: number): boolean {
  const known = stated.get(id);
  if (known !== undefined && known >= end) return false;
  stated.set(id, end);
  return true;
}
