import { MetricsError, type SketchData, type SnapshotPoint } from "@giflab/metrics-core";
import { ByteReader } from "./byte-reader.ts";
import { ByteWriter } from "./byte-writer.ts";
import { readSketch, writeSketch } from "./sketch-codec.ts";

/**
 * The `data` of a row: a format byte, the number of points, then per point one number that holds its series (difference to
 * the id before it, of either sign) and in the low three bits how its value is written.
 */
const FORMAT = 1;
/** Set in the format byte of an instance's last snapshot. */
const FINAL = 0x80;
const COUNTER_WHOLE = 0;
const COUNTER_FLOAT = 1;
const GAUGE_WHOLE = 2;
const GAUGE_FLOAT32 = 3;
const GAUGE_FLOAT64 = 4;
const GAUGE_DECIMAL = 5;
const SKETCH = 6;
const KINDS = 8;
/** Whole numbers up to here are written as such; a double is shorter beyond. */
const LARGEST_WHOLE = 2 ** 48;
const MOST_DECIMALS = 6;
const LARGEST_MANTISSA = 2 ** 40;

/** Receives the points of a row. */
export interface PointSink {
  /** 0 at the series of which nothing is to be given. */
  readonly wanted?: Uint8Array | undefined;
  counter(series: number, delta: number): void;
  gauge(series: number, value: number): void;
  /** Whether `sketch` is to be called with this one: unpacking is what costs. */
  wantsSketch(series: number): boolean;
  sketch(series: number, data: SketchData): void;
  /** In place of `sketch`, for a sink that keeps it packed: the bytes that `readSketch` reads, valid during the call only. */
  packedSketch?(series: number, bytes: Uint8Array): void;
}

const writer = new ByteWriter();
const body = new ByteWriter();

/**
 * Packs points; `ids` are the row ids of their series, at the same positions. About 3 bytes a counter, 3 to 10 a gauge, 15 a
 * timer with one value, 50 and more one with many. Throws a `RangeError` for a sketch whose buckets are not whole numbers
 * in rising order.
 */
export function encodePoints(points: readonly SnapshotPoint[], ids: readonly number[], final: boolean): Buffer {
  writer.reset();
  body.reset();
  writer.byte(FORMAT | (final ? FINAL : 0));
  writer.varint(points.length);
  let before = 0;
  for (let i = 0; i < points.length; i++) {
    const point = points[i]!;
    const step = ids[i]! - before;
    const head = (step < 0 ? -2 * step - 1 : 2 * step) * KINDS;
    before = ids[i]!;
    if (point.kind === "counter") writeCounter(head, point.delta);
    else if (point.kind === "gauge") writeGauge(head, point.value);
    else {
      checkBuckets(point.sketch);
      writer.varint(head + SKETCH);
      writeSketch(body, point.sketch);
      writer.embed(body);
    }
  }
  return writer.take();
}

function writeCounter(head: number, delta: number): void {
  if (Number.isInteger(delta) && delta >= 0 && delta < LARGEST_WHOLE) {
    writer.varint(head + COUNTER_WHOLE);
    writer.varint(delta);
  } else {
    writer.varint(head + COUNTER_FLOAT);
    writer.float64(delta);
  }
}

function writeGauge(head: number, value: number): void {
  if (Number.isInteger(value) && Math.abs(value) < LARGEST_WHOLE && !Object.is(value, -0)) {
    writer.varint(head + GAUGE_WHOLE);
    writer.zigzag(value);
    return;
  }
  if (Math.fround(value) === value) {
    writer.varint(head + GAUGE_FLOAT32);
    writer.float32(value);
    return;
  }
  const decimals = decimalsOf(value);
  if (decimals > 0) {
    writer.varint(head + GAUGE_DECIMAL);
    writer.byte(decimals);
    writer.zigzag(Math.round(value * 10 ** decimals));
    return;
  }
  writer.varint(head + GAUGE_FLOAT64);
  writer.float64(value);
}

/** How many decimals write this number exactly, 1 to 6; 0 if none do. */
function decimalsOf(value: number): number {
  for (let decimals = 1; decimals <= MOST_DECIMALS; decimals++) {
    const mantissa = Math.round(value * 10 ** decimals);
    if (!(Math.abs(mantissa) < LARGEST_MANTISSA)) return 0;
    if (mantissa / 10 ** decimals === value && mantissa !== 0) return decimals;
  }
  return 0;
}

function checkBuckets({ count, indexes, counts }: SketchData): void {
  let good = isCount(count) && indexes.length === counts.length;
  let before = Number.NEGATIVE_INFINITY;
  for (let i = 0; good && i < indexes.length; i++) {
    const index = indexes[i]!;
    good = isCount(counts[i]!) && index > before && (isSmall(index) || isBucket(index));
    before = index;
  }
  if (!good) throw new RangeError("buckets and counts must be whole numbers, the buckets in rising order");
}

/** True for nearly all counts and bucket numbers, and quickly said. */
function isSmall(value: number): boolean {
  return (value | 0) === value;
}

function isCount(value: number): boolean {
  return value >= 0 && (isSmall(value) || Number.isSafeInteger(value));
}

function isBucket(value: number): boolean {
  return Number.isInteger(value) && Math.abs(value) < 2 ** 40;
}

/** Unpacks a row into a sink. Throws `STORE_CORRUPT` for bytes that no version up to this one has written. */
export function decodePoints(data: Uint8Array, sink: PointSink): void {
  try {
    decode(new ByteReader(data), sink);
  } catch (cause) {
    if (cause instanceof RangeError) {
      throw new MetricsError("STORE_CORRUPT", `a row cannot be read: ${cause.message}`, { cause });
    }
    throw cause;
  }
}

function decode(reader: ByteReader, sink: PointSink): void {
  const format = reader.byte() & ~FINAL;
  if (format !== FORMAT) throw new RangeError(`unknown format ${format}`);
  const points = reader.varint();
  const { wanted } = sink;
  const walk: Walk = { left: points, series: 0, how: 0 };
  while (wanted === undefined ? next(reader, walk) : nextWanted(reader, walk, wanted)) {
    const { series, how } = walk;
    if (how === COUNTER_WHOLE) sink.counter(series, reader.varint());
    else if (how === COUNTER_FLOAT) sink.counter(series, reader.float64());
    else if (how === GAUGE_WHOLE) sink.gauge(series, reader.zigzag());
    else if (how === GAUGE_FLOAT32) sink.gauge(series, reader.float32());
    else if (how === GAUGE_FLOAT64) sink.gauge(series, reader.float64());
    else if (how === GAUGE_DECIMAL) sink.gauge(series, readDecimal(reader));
    else if (how === SKETCH) decodeSketch(reader, sink, series);
    else throw new RangeError(`unknown kind of point ${how}`);
  }
  if (reader.remaining > 0) throw new RangeError(`${reader.remaining} bytes too many`);
}

/** Where somebody who goes through the points of a row is: how many are left, and what the one at hand is. */
interface Walk {
  left: number;
  series: number;
  how: number;
}

/** Reads the head of the next point; false when there is none. */
function next(reader: ByteReader, walk: Walk): boolean {
  if (walk.left-- <= 0) return false;
  const head = reader.varint();
  walk.how = head % KINDS;
  walk.series += unfolded((head - walk.how) / KINDS);
  if (walk.series < 0 || !Number.isSafeInteger(walk.series)) throw new RangeError(`series ${walk.series}`);
  return true;
}

/** Goes on to the next point that is wanted; false when there is none. */
function nextWanted(reader: ByteReader, walk: Walk, wanted: Uint8Array): boolean {
  for (;;) {
    skipUnwanted(reader, walk, wanted);
    if (!next(reader, walk)) return false;
    if (wanted[walk.series] !== 0) return true;
    skipValue(reader, walk.how);
  }
}

/**
 * Steps over points that are not wanted, up to one that is, or that is written in an unusual way. Nearly all are not when a
 * query is about one series, so everything is in local variables here: a point takes a third of the time of reading it.
 */
function skipUnwanted(reader: ByteReader, walk: Walk, wanted: Uint8Array): void {
  const bytes = reader.all;
  let at = reader.position;
  let { left, series } = walk;
  for (; left > 0; left--) {
    const first = bytes[at]!;
    const second = bytes[at + 1]!;
    if (!(first < 0x80 || second < 0x80)) break;
    const head = first < 0x80 ? first : first - 0x80 + second * 0x80;
    const id = series + unfolded(head >> 3);
    if (wanted[id] !== 0) break;
    const end = endOfValue(bytes, at + (first < 0x80 ? 1 : 2), head & (KINDS - 1));
    if (!(end <= bytes.length)) break;
    at = end;
    series = id;
  }
  reader.position = at;
  walk.left = left;
  walk.series = series;
}

/** Where a value ends that begins at a position; NaN if that takes more than a look. */
function endOfValue(bytes: Uint8Array, at: number, how: number): number {
  if (how === SKETCH) {
    const low = bytes[at]!;
    if (low < 0x80) return at + 1 + low;
    const high = bytes[at + 1]!;
    return high < 0x80 ? at + 2 + low - 0x80 + high * 0x80 : Number.NaN;
  }
  if (how === GAUGE_FLOAT32) return at + 4;
  if (how === COUNTER_FLOAT || how === GAUGE_FLOAT64) return at + 8;
  let end = how === GAUGE_DECIMAL ? at + 1 : at;
  while (bytes[end]! >= 0x80) end++;
  return how > SKETCH ? Number.NaN : end + 1;
}

function unfolded(step: number): number {
  return step % 2 === 0 ? step / 2 : -(step + 1) / 2;
}

function skipValue(reader: ByteReader, how: number): void {
  if (how === SKETCH) reader.skip(reader.varint());
  else if (how === COUNTER_WHOLE || how === GAUGE_WHOLE) reader.skipVarint();
  else if (how === GAUGE_FLOAT32) reader.skip(4);
  else if (how === COUNTER_FLOAT || how === GAUGE_FLOAT64) reader.skip(8);
  else if (how === GAUGE_DECIMAL) {
    reader.skip(1);
    reader.skipVarint();
  } else throw new RangeError(`unknown kind of point ${how}`);
}

function readDecimal(reader: ByteReader): number {
  const decimals = reader.byte();
  if (decimals > MOST_DECIMALS) throw new RangeError(`${decimals} decimals`);
  return reader.zigzag() / 10 ** decimals;
}

function decodeSketch(reader: ByteReader, sink: PointSink, series: number): void {
  const length = reader.varint();
  const after = reader.remaining - length;
  if (after < 0) throw new RangeError("a sketch is longer than the data");
  if (sink.packedSketch !== undefined) sink.packedSketch(series, reader.bytes(length));
  else if (sink.wantsSketch(series)) {
    const sketch = readSketch(reader);
    if (reader.remaining !== after) throw new RangeError("a sketch does not end where it should");
    sink.sketch(series, sketch);
  } else reader.skip(length);
}

/** Whether a row is an instance's last. */
export function isFinal(data: Uint8Array): boolean {
  return (data[0]! & FINAL) !== 0;
}
