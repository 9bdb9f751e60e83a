import { LAYOUT_ID, MetricsError, type SketchData, type SnapshotPoint } from "@giflab/metrics-core";
import { ByteReader } from "./byte-reader.ts";
import { ByteWriter } from "./byte-writer.ts";

/**
 * The `data` of a row: a format byte, the number of points, then per point its series (difference to the previous id,
 * which is smaller, times 8) and in the low three bits how its value is written.
 */
const FORMAT = 1;
const COUNTER_WHOLE = 0;
const COUNTER_FLOAT = 1;
const GAUGE_WHOLE = 2;
const GAUGE_FLOAT32 = 3;
const GAUGE_FLOAT64 = 4;
const SKETCH = 5;
/** The layout of core's histograms; any other is written out by name. */
const KNOWN_LAYOUT = 0;
const NAMED_LAYOUT = 1;

/** Receives the points of a row in rising order of series id. */
export interface PointSink {
  counter(series: number, delta: number): void;
  gauge(series: number, value: number): void;
  sketch(series: number, data: SketchData): void;
}

const writer = new ByteWriter();

/** Packs points whose series have ids. About 4 bytes a counter, 9 a gauge, 40 and more a histogram. */
export function encodePoints(points: readonly { readonly series: number; readonly point: SnapshotPoint }[]): Buffer {
  const sorted = [...points].sort((a, b) => a.series - b.series);
  writer.byte(FORMAT);
  writer.varint(sorted.length);
  let before = 0;
  for (const { series, point } of sorted) {
    const step = (series - before) * 8;
    before = series;
    if (point.kind === "counter") writeCounter(step, point.delta);
    else if (point.kind === "gauge") writeGauge(step, point.value);
    else writeSketch(step, point.sketch);
  }
  return writer.take();
}

function writeCounter(step: number, delta: number): void {
  if (Number.isSafeInteger(delta) && delta >= 0) {
    writer.varint(step + COUNTER_WHOLE);
    writer.varint(delta);
  } else {
    writer.varint(step + COUNTER_FLOAT);
    writer.float64(delta);
  }
}

function writeGauge(step: number, value: number): void {
  if (Number.isInteger(value) && Math.abs(value) < 2 ** 48 && !Object.is(value, -0)) {
    writer.varint(step + GAUGE_WHOLE);
    writer.zigzag(value);
  } else if (Math.fround(value) === value) {
    writer.varint(step + GAUGE_FLOAT32);
    writer.float32(value);
  } else {
    writer.varint(step + GAUGE_FLOAT64);
    writer.float64(value);
  }
}

function writeSketch(step: number, sketch: SketchData): void {
  const { layout, indexes, counts } = sketch;
  writer.varint(step + SKETCH);
  writer.byte(layout === LAYOUT_ID ? KNOWN_LAYOUT : NAMED_LAYOUT);
  if (layout !== LAYOUT_ID) writer.text(layout);
  writer.varint(sketch.count);
  if (sketch.count === 0) return;
  writer.float64(sketch.sum);
  writer.float64(sketch.min);
  // Often only one value was recorded, or all were equal: then the others follow from the smallest.
  const alike = (sketch.max === sketch.min ? 1 : 0) + (sketch.last === sketch.min ? 2 : 0);
  writer.byte(alike);
  if (sketch.max !== sketch.min) writer.float64(sketch.max);
  if (sketch.last !== sketch.min) writer.float64(sketch.last);
  writer.varint(indexes.length);
  let before = 0;
  for (let i = 0; i < indexes.length; i++) {
    if (i === 0) writer.zigzag(indexes[0]!);
    else writer.varint(indexes[i]! - before);
    before = indexes[i]!;
    writer.varint(counts[i]!);
  }
}

/** Unpacks a row into a sink. Throws `STORE_CORRUPT` for bytes that no version up to this one has written. */
export function decodePoints(data: Uint8Array, sink: PointSink): void {
  try {
    decode(new ByteReader(data), sink);
  } catch (cause) {
    if (cause instanceof RangeError) {
      throw new MetricsError("STORE_CORRUPT", `a row of metrics cannot be read: ${cause.message}`, { cause });
    }
    throw cause;
  }
}

function decode(reader: ByteReader, sink: PointSink): void {
  const format = reader.byte();
  if (format !== FORMAT) throw new RangeError(`unknown format ${format}`);
  const points = reader.varint();
  let series = 0;
  for (let i = 0; i < points; i++) {
    const head = reader.varint();
    const how = head % 8;
    series += (head - how) / 8;
    if (how === COUNTER_WHOLE) sink.counter(series, reader.varint());
    else if (how === COUNTER_FLOAT) sink.counter(series, reader.float64());
    else if (how === GAUGE_WHOLE) sink.gauge(series, reader.zigzag());
    else if (how === GAUGE_FLOAT32) sink.gauge(series, reader.float32());
    else if (how === GAUGE_FLOAT64) sink.gauge(series, reader.float64());
    else if (how === SKETCH) sink.sketch(series, readSketch(reader));
    else throw new RangeError(`unknown kind of point ${how}`);
  }
  if (!reader.done) throw new RangeError(`${reader.remaining} bytes too many`);
}

function readSketch(reader: ByteReader): SketchData {
  const layout = reader.byte() === KNOWN_LAYOUT ? LAYOUT_ID : reader.text();
  const count = reader.varint();
  if (count === 0) return { layout, count, sum: 0, min: 0, max: 0, last: 0, indexes: [], counts: [] };
  const sum = reader.float64();
  const min = reader.float64();
  const alike = reader.byte();
  const max = (alike & 1) === 1 ? min : reader.float64();
  const last = (alike & 2) === 2 ? min : reader.float64();
  const buckets = reader.varint();
  if (buckets > reader.remaining) throw new RangeError("more buckets than bytes");
  const indexes = new Array<number>(buckets);
  const counts = new Array<number>(buckets);
  for (let i = 0; i < buckets; i++) {
    indexes[i] = i === 0 ? reader.zigzag() : indexes[i - 1]! + reader.varint();
    counts[i] = reader.varint();
  }
  return { layout, count, sum, min, max, last, indexes, counts };
}
