import type { SketchData } from "@giflab/metrics-core";
import { BitReader } from "./bit-reader.ts";
import { BitWriter } from "./bit-writer.ts";
import type { ByteReader } from "./byte-reader.ts";
import type { ByteWriter } from "./byte-writer.ts";
import { readIntegers, writeIntegers } from "./integer-column.ts";
import { packBytes, readPacked, writePacked } from "./packed-bytes.ts";
import { RiceCoder } from "./rice-coder.ts";

/** Buckets lie close together in the middle of a distribution and far apart at its ends: each part has its own coder. */
const PARTS = 12;

/** More than there are: damage must not make us count to billions. */
export const MOST_BUCKETS = 10_000;

/** The coders of one column, in the same state on both sides. */
class Coders {
  readonly first: RiceCoder = new RiceCoder(6);
  readonly steps: RiceCoder[] = Array.from({ length: PARTS }, () => new RiceCoder(3));
  readonly counts: RiceCoder[] = Array.from({ length: PARTS }, () => new RiceCoder(0));
}

const bits = new BitWriter();

/**
 * Writes the buckets of sketches that hold something, have at most `MOST_BUCKETS`, none empty, and counts that total `count`. Each begins where
 * it does in relation to the one before; then come steps to the next bucket, and counts as far as they do not follow from
 * the total.
 */
export function writeBuckets(writer: ByteWriter, sketches: readonly SketchData[]): void {
  writeIntegers(
    writer,
    sketches.map(({ indexes }) => indexes.length),
  );
  const coders = new Coders();
  let before = 0;
  for (const { indexes, counts, count } of sketches) {
    const buckets = indexes.length;
    const step = indexes[0]! - before;
    before = indexes[0]!;
    coders.first.write(bits, step < 0 ? -2 * step - 1 : 2 * step);
    for (let i = 1; i < buckets; i++) {
      coders.steps[partOf(i, buckets)]!.write(bits, indexes[i]! - indexes[i - 1]! - 1);
    }
    let left = count - buckets;
    for (let i = 0; left > 0 && i < buckets - 1; i++) {
      coders.counts[partOf(i, buckets)]!.write(bits, counts[i]! - 1);
      left -= counts[i]! - 1;
    }
  }
  writePacked(writer, packBytes(bits.take()));
}

/** Bucket numbers and counts of one sketch. */
export interface Buckets {
  readonly indexes: number[];
  readonly counts: number[];
}

/** Reads the buckets of sketches with these totals. Throws a `RangeError` for bytes that make no sense. */
export function readBuckets(reader: ByteReader, totals: readonly number[]): Buckets[] {
  const numbers = readIntegers(reader, totals.length);
  const source = new BitReader(readPacked(reader));
  const coders = new Coders();
  let before = 0;
  return totals.map((total, sketch) => {
    const buckets = numbers[sketch]!;
    if (buckets < 1 || buckets > total || buckets > MOST_BUCKETS)
      throw new RangeError(`${buckets} buckets for ${total} values`);
    const indexes = new Array<number>(buckets);
    const counts = new Array<number>(buckets).fill(1);
    const step = coders.first.read(source);
    before += step % 2 === 0 ? step / 2 : -(step + 1) / 2;
    let index = before;
    indexes[0] = index;
    for (let i = 1; i < buckets; i++) {
      index += coders.steps[partOf(i, buckets)]!.read(source) + 1;
      indexes[i] = index;
    }
    let left = total - buckets;
    for (let i = 0; left > 0 && i < buckets - 1; i++) {
      const more = coders.counts[partOf(i, buckets)]!.read(source);
      counts[i] = 1 + more;
      left -= more;
    }
    if (left < 0) throw new RangeError("buckets hold more than their total");
    counts[buckets - 1] = 1 + left;
    return { indexes, counts };
  });
}

function partOf(bucket: number, buckets: number): number {
  return Math.floor((bucket * PARTS) / buckets);
}
