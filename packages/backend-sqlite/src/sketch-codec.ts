import type { SketchData } from "@giflab/metrics-core";
import type { ByteReader } from "./byte-reader.ts";
import type { ByteWriter } from "./byte-writer.ts";

/** The layout that needs no name in the file. Never changed: should core's layout change, the new one is written by name. */
export const UNNAMED_LAYOUT = "ll6:-30:40";

/** What the first byte of a sketch says. */
const EMPTY = 1;
const NAMED_LAYOUT = 2;
/** One value, which is sum, min, max and last. */
const SINGLE = 4;
const MAX_IS_MIN = 8;
const LAST_IS_MIN = 16;
const LAST_IS_MAX = 32;
/** The counts do not total `count`, which follows. */
const OTHER_COUNT = 64;

/** A sketch: numbers that follow from others are left out, bucket numbers are written as steps. */
export function writeSketch(writer: ByteWriter, sketch: SketchData): void {
  const { layout, count, sum, min, max, last, indexes, counts } = sketch;
  const named = layout === UNNAMED_LAYOUT ? 0 : NAMED_LAYOUT;
  const empty = count === 0 && indexes.length === 0;
  const single = count === 1 && counts[0] === 1 && indexes.length === 1 && min === sum && max === min && last === min;
  let total = 0;
  for (let i = 0; i < counts.length; i++) total += counts[i]!;
  const shape = single || empty ? 0 : shapeOf(min, max, last) | (total === count ? 0 : OTHER_COUNT);
  writer.byte(shape | named | (empty ? EMPTY : 0) | (single ? SINGLE : 0));
  if (named !== 0) writer.text(layout);
  if (empty) return;
  writer.float64(sum);
  if (single) {
    writer.zigzag(indexes[0]!);
    return;
  }
  writer.float64(min);
  if ((shape & MAX_IS_MIN) === 0) writer.float64(max);
  if ((shape & (LAST_IS_MIN | LAST_IS_MAX)) === 0) writer.float64(last);
  if ((shape & OTHER_COUNT) !== 0) writer.varint(count);
  writer.varint(indexes.length);
  for (let i = 0; i < indexes.length; i++) {
    if (i === 0) writer.zigzag(indexes[0]!);
    else writer.varint(indexes[i]! - indexes[i - 1]!);
    writer.varint(counts[i]!);
  }
}

/** Reads what `writeSketch` wrote. Throws a `RangeError` for bytes that make no sense. */
export function readSketch(reader: ByteReader): SketchData {
  const shape = reader.byte();
  const layout = (shape & NAMED_LAYOUT) === 0 ? UNNAMED_LAYOUT : reader.text();
  if ((shape & EMPTY) !== 0) return { layout, count: 0, sum: 0, min: 0, max: 0, last: 0, indexes: [], counts: [] };
  const sum = reader.float64();
  if ((shape & SINGLE) !== 0) {
    return { layout, count: 1, sum, min: sum, max: sum, last: sum, indexes: [reader.zigzag()], counts: [1] };
  }
  const min = reader.float64();
  const max = (shape & MAX_IS_MIN) === 0 ? reader.float64() : min;
  const last = (shape & LAST_IS_MIN) !== 0 ? min : (shape & LAST_IS_MAX) !== 0 ? max : reader.float64();
  const stated = (shape & OTHER_COUNT) === 0 ? undefined : reader.varint();
  const buckets = reader.varint();
  if (buckets > reader.remaining) throw new RangeError("more buckets than bytes");
  const indexes = new Array<number>(buckets);
  const counts = new Array<number>(buckets);
  let index = 0;
  let total = 0;
  for (let i = 0; i < buckets; i++) {
    index = i === 0 ? reader.zigzag() : index + reader.varint();
    const count = reader.varint();
    indexes[i] = index;
    counts[i] = count;
    total += count;
  }
  return { layout, count: stated ?? total, sum, min, max, last, indexes, counts };
}

function shapeOf(min: number, max: number, last: number): number {
  const lastShape = Object.is(last, min) ? LAST_IS_MIN : Object.is(last, max) ? LAST_IS_MAX : 0;
  return lastShape | (Object.is(max, min) ? MAX_IS_MIN : 0);
}
