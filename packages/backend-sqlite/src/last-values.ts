import { bucketOf, bucketStart, MAX_BUCKET, type SketchData } from "@giflab/metrics-core";
import { type Decimals, decimalsOf, SCALES } from "./decimals.ts";
import type { RangeDecoder } from "./range-decoder.ts";
import { LARGEST_TOTAL, type RangeEncoder } from "./range-encoder.ts";

/** Offsets in a bucket from this many bits on have their low ones written as they are. */
const OFFSET_BITS = 12;

/** What is known of a sketch when its last value is read. */
export type KnownSketch = Pick<SketchData, "count" | "min" | "max" | "indexes" | "counts">;

/**
 * With how many decimals `writeLast` can write the last values of sketches that hold several values; `undefined` when it cannot: when one
 * is not among its own sketch's values, or none of a few decimals.
 */
export function lastDecimals(sketches: readonly SketchData[]): Decimals | undefined {
  const decimals = decimalsOf(sketches.map(({ last }) => last));
  if (decimals === undefined) return undefined;
  const good = sketches.every((sketch) => {
    if (sketch.count > LARGEST_TOTAL) return false;
    if (Object.is(sketch.last, sketch.min) || Object.is(sketch.last, sketch.max)) return true;
    const bucket = bucketOf(sketch.last);
    const place = placeOf(sketch.indexes, bucket);
    if (place < 0 || unitsAt(sketch, place) < 1 || Math.abs(bucket) === MAX_BUCKET) return false;
    const whole = Math.round(sketch.last * SCALES[decimals]!);
    const [low, high] = wholesOf(bucket, decimals);
    return whole >= low && whole <= high;
  });
  return good ? decimals : undefined;
}

/** Writes the last value of a sketch as one of its values, of which the smallest and the largest are known exactly. */
export function writeLast(encoder: RangeEncoder, sketch: SketchData, decimals: Decimals): void {
  const { count, min, max, last, indexes } = sketch;
  if (Object.is(last, min)) encoder.encode(0, 1, count);
  else if (Object.is(last, max)) encoder.encode(count - 1, 1, count);
  else {
    const bucket = bucketOf(last);
    const place = placeOf(indexes, bucket);
    encoder.encode(unitsBefore(sketch, place), unitsAt(sketch, place), count);
    const [low, high] = wholesOf(bucket, decimals);
    const offset = Math.round(last * SCALES[decimals]!) - low;
    const spare = spareBits(high - low + 1);
    const upper = Math.floor(offset / 2 ** spare);
    encoder.encode(upper, 1, Math.ceil((high - low + 1) / 2 ** spare));
    encoder.bits(offset - upper * 2 ** spare, spare);
  }
}

/** Reads what `writeLast` wrote. Throws a `RangeError` for bytes that make no sense. */
export function readLast(decoder: RangeDecoder, sketch: KnownSketch, decimals: Decimals): number {
  const { count, min, max, indexes } = sketch;
  if (!(count >= 2 && count <= LARGEST_TOTAL)) throw new RangeError(`the last of ${count} values`);
  const unit = decoder.peek(count);
  if (unit === 0 || unit === count - 1) {
    decoder.take(unit, 1);
    return unit === 0 ? min : max;
  }
  let place = 0;
  let before = 1;
  while (before + unitsAt(sketch, place) <= unit) before += unitsAt(sketch, place++);
  decoder.take(before, unitsAt(sketch, place));
  const [low, high] = wholesOf(indexes[place]!, decimals);
  const spare = spareBits(high - low + 1);
  const total = Math.ceil((high - low + 1) / 2 ** spare);
  const upper = decoder.peek(total);
  decoder.take(upper, 1);
  return (low + upper * 2 ** spare + decoder.bits(spare)) / SCALES[decimals]!;
}

/** Values in a bucket besides the smallest and the largest of all. */
function unitsAt({ counts }: KnownSketch, place: number): number {
  return counts[place]! - (place === 0 ? 1 : 0) - (place === counts.length - 1 ? 1 : 0);
}

function unitsBefore(sketch: KnownSketch, place: number): number {
  let units = 1;
  for (let i = 0; i < place; i++) units += unitsAt(sketch, i);
  return units;
}

function placeOf(indexes: ArrayLike<number>, bucket: number): number {
  for (let i = 0; i < indexes.length; i++) if (indexes[i] === bucket) return i;
  return -1;
}

/** First and last whole number behind the decimal point that may lie in a bucket. */
function wholesOf(bucket: number, decimals: Decimals): [number, number] {
  const scale = SCALES[decimals]!;
  if (bucket < 0) {
    const [low, high] = wholesOf(-bucket, decimals);
    return [-high, -low];
  }
  const end = Math.ceil(bucketStart(bucket + 1) * scale);
  return [bucket === 0 ? -end : Math.floor(bucketStart(bucket) * scale), end];
}

/** Low bits of an offset in `width` places that are written as they are. */
function spareBits(width: number): number {
  let [bits, rest] = [0, width];
  for (; rest > 2 ** 30; rest = Math.ceil(rest / 2 ** 16)) bits += 16;
  return bits + Math.max(0, 32 - Math.clz32(rest - 1) - OFFSET_BITS);
}
