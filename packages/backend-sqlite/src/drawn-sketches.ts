import { bucketOf, type SketchData } from "@giflab/metrics-core";
import { BitReader } from "./bit-reader.ts";
import { BitWriter } from "./bit-writer.ts";
import { MOST_BUCKETS } from "./bucket-column.ts";
import { BucketDraws } from "./bucket-draws.ts";
import type { ByteReader } from "./byte-reader.ts";
import type { ByteWriter } from "./byte-writer.ts";
import { MOST_DECIMALS } from "./decimals.ts";
import { lastDecimals, readLast, writeLast } from "./last-values.ts";
import { readNumbers, writeNumbers } from "./number-column.ts";
import { readPacked, writePacked } from "./packed-bytes.ts";
import { RangeDecoder } from "./range-decoder.ts";
import { RangeEncoder } from "./range-encoder.ts";

/** In front of last values that are a column of their own, instead of a number of decimals. */
const LASTS_APART = 0x3f;
/** Added to that where some sketches are written in bits, which follow the code. */
const WITH_BITS = 0x40;

const UNREAD: Pick<SketchData, "last" | "indexes" | "counts"> = { last: Number.NaN, indexes: [], counts: [] };

const encoder = new RangeEncoder();
const bits = new BitWriter();

/** Whether sketches that hold something can be written by `writeDrawn`: they begin and end with the buckets of their extremes. */
export function canBeDrawn(filled: readonly SketchData[], merged: SketchData): boolean {
  let total = 0;
  for (const { indexes, min, max, count } of filled) {
    if (indexes[0] !== bucketOf(min) || indexes[indexes.length - 1] !== bucketOf(max)) return false;
    total += count;
  }
  return total === merged.count && merged.indexes.length <= MOST_BUCKETS;
}

/**
 * Writes buckets and last values of sketches.
 * @param several those with more than one value: the others are that value, which is known.
 */
export function writeDrawn(
  writer: ByteWriter,
  filled: readonly SketchData[],
  several: readonly SketchData[],
  merged: SketchData,
): void {
  const decimals = lastDecimals(several);
  const draws = new BucketDraws(merged);
  draws.leaveOut(filled.flatMap(({ count, indexes }) => (count > 1 ? [] : [indexes[0]!])));
  draws.leaveOut(several.flatMap(({ indexes }) => [indexes[0]!, indexes[indexes.length - 1]!]));
  for (const sketch of several) {
    draws.write(encoder, bits, sketch, sketch.count);
    if (decimals !== undefined) writeLast(encoder, sketch, decimals);
  }
  const inBits = bits.take();
  writer.byte((decimals ?? LASTS_APART) + (inBits.length > 0 ? WITH_BITS : 0));
  writePacked(writer, { bytes: encoder.take(), compressed: false });
  if (inBits.length > 0) writePacked(writer, { bytes: inBits, compressed: false });
  if (decimals !== undefined) return;
  writeNumbers(
    writer,
    several.map(({ last }) => last),
  );
}

/**
 * Reads what `writeDrawn` wrote. Throws a `RangeError` for bytes that make no sense.
 * @param single buckets of the sketches with one value.
 * @param wanted so many of the first are read: each costs those before it.
 * @returns the sketches, and the buckets of all others as one, given those of the values that are known of them.
 */
export function readDrawn(
  reader: ByteReader,
  single: readonly number[],
  several: readonly Pick<SketchData, "count" | "min" | "max">[],
  merged: SketchData,
  wanted: number = several.length,
): {
  readonly sketches: readonly Pick<SketchData, "last" | "indexes" | "counts">[];
  readonly rest: (known: readonly number[]) => Pick<SketchData, "indexes" | "counts">;
} {
  const form = reader.byte();
  const decimals = form & ~WITH_BITS;
  if (decimals > MOST_DECIMALS && decimals !== LASTS_APART) throw new RangeError(`${decimals} decimals`);
  const decoder = new RangeDecoder(readPacked(reader));
  const source = new BitReader((form & WITH_BITS) === 0 ? new Uint8Array(0) : readPacked(reader));
  const draws = new BucketDraws(merged);
  draws.leaveOut(single);
  const ends = several.map(({ min, max }): [number, number] => [bucketOf(min), bucketOf(max)]);
  draws.leaveOut(ends.flat());
  const sketches = several.map(({ count, min, max }, i) => {
    if (i >= wanted) return UNREAD;
    const buckets = draws.read(decoder, source, ...ends[i]!, count);
    const last = decimals === LASTS_APART ? 0 : readLast(decoder, { count, min, max, ...buckets }, decimals);
    return { ...buckets, last };
  });
  const rest = (known: readonly number[]): Pick<SketchData, "indexes" | "counts"> => draws.rest(known);
  if (decimals !== LASTS_APART) return { sketches, rest };
  const lasts = readNumbers(reader, several.length);
  return { sketches: sketches.map((sketch, i) => ({ ...sketch, last: lasts[i]! })), rest };
}
