import { bucketOf, type SketchData } from "@giflab/metrics-core";
import { BitReader } from "./bit-reader.ts";
import { BitWriter } from "./bit-writer.ts";
import type { Buckets } from "./bucket-draws.ts";
import type { ByteReader } from "./byte-reader.ts";
import type { ByteWriter } from "./byte-writer.ts";
import { readIntegers, writeIntegers } from "./integer-column.ts";
import { readPacked, writePacked } from "./packed-bytes.ts";
import { RiceCoder } from "./rice-coder.ts";

/** Buckets lie close together in the middle of a distribution and far apart at its ends: each part has its own coder. */
const PARTS = 12;
/** More than there are: damage must not make us count to billions. */
export const MOST_BUCKETS = 10_000;

/** The coders of one column, in the same state on both sides; made when they are first needed, for most never are. */
class Coders {
  readonly #steps: RiceCoder[] = [];
  readonly #counts: RiceCoder[] = [];

  /** For the step to a bucket in a part of the distribution. */
  step(part: number): RiceCoder {
    return (this.#steps[part] ??= new RiceCoder(3));
  }

  /** For a count of which so many binary digits are expected. */
  count(size: number): RiceCoder {
    return (this.#counts[size] ??= new RiceCoder(size >> 1));
  }
}

const bits = new BitWriter();

/** Set in front of a column whose first and last buckets are those of `min` and `max`, and are not written. */
const ENDS_KNOWN = 1;

/**
 * Writes the buckets of sketches that hold something, have at most `MOST_BUCKETS`, none empty, and counts that total `count`:
 * steps from each bucket to the next, and how counts differ from those before, as far as they do not follow from the total.
 * Where they begin and end follows from the extremes, which stand elsewhere. For single distributions, and sketches of which
 * no common one is known: `BucketDraws` takes half as much.
 */
export function writeBuckets(writer: ByteWriter, sketches: readonly SketchData[]): void {
  const endsKnown = sketches.every(
    ({ indexes, min, max }) => indexes[0] === bucketOf(min) && indexes[indexes.length - 1] === bucketOf(max),
  );
  writer.byte(endsKnown ? ENDS_KNOWN : 0);
  writeIntegers(
    writer,
    sketches.map(({ indexes, count }) => count - indexes.length),
  );
  if (!endsKnown) {
    writeIntegers(
      writer,
      sketches.map(({ indexes }) => indexes[0]!),
    );
    writeIntegers(
      writer,
      sketches.map(({ indexes }) => indexes[indexes.length - 1]!),
    );
  }
  const coders = new Coders();
  for (const { indexes, counts, count } of sketches) {
    const buckets = indexes.length;
    for (let i = 1; i < buckets - 1; i++) {
      coders.step(partOf(i, buckets)).write(bits, indexes[i]! - indexes[i - 1]! - 1);
    }
    let left = count - buckets;
    for (let i = 0; left > 0 && i < buckets - 1; i++) {
      const expected = countBefore(counts, i);
      const more = counts[i]! - expected;
      coders.count(sizeOf(expected)).write(bits, more < 0 ? -2 * more - 1 : 2 * more);
      left -= counts[i]! - 1;
    }
  }
  writePacked(writer, { bytes: bits.take(), compressed: false });
}

/** What is known of a sketch before its buckets are read. */
export interface SketchNumbers {
  readonly count: number;
  readonly min: number;
  readonly max: number;
}

/** Reads the buckets of sketches with these numbers. Throws a `RangeError` for bytes that make no sense. */
export function readBuckets(reader: ByteReader, sketches: readonly SketchNumbers[]): Buckets[] {
  const endsKnown = reader.byte() === ENDS_KNOWN;
  const surplus = readIntegers(reader, sketches.length);
  const firsts = endsKnown ? sketches.map(({ min }) => bucketOf(min)) : readIntegers(reader, sketches.length);
  const lasts = endsKnown ? sketches.map(({ max }) => bucketOf(max)) : readIntegers(reader, sketches.length);
  const source = new BitReader(readPacked(reader));
  const coders = new Coders();
  return sketches.map(({ count }, sketch) => {
    const buckets = count - surplus[sketch]!;
    if (!(buckets >= 1 && buckets <= count && buckets <= MOST_BUCKETS)) {
      throw new RangeError(`${buckets} buckets for ${count} values`);
    }
    const indexes = new Array<number>(buckets);
    const counts = new Array<number>(buckets).fill(1);
    let index = firsts[sketch]!;
    indexes[0] = index;
    for (let i = 1; i < buckets - 1; i++) {
      index += coders.step(partOf(i, buckets)).read(source) + 1;
      indexes[i] = index;
    }
    if (buckets > 1) indexes[buckets - 1] = lasts[sketch]!;
    let left = count - buckets;
    for (let i = 0; left > 0 && i < buckets - 1; i++) {
      const expected = countBefore(counts, i);
      const more = coders.count(sizeOf(expected)).read(source);
      counts[i] = expected + (more % 2 === 0 ? more / 2 : -(more + 1) / 2);
      if (!(counts[i]! >= 1)) throw new RangeError("a bucket holds less than one value");
      left -= counts[i]! - 1;
    }
    if (left < 0) throw new RangeError("buckets hold more than their total");
    counts[buckets - 1] = 1 + left;
    return { indexes, counts };
  });
}

function partOf(bucket: number, buckets: number): number {
  return Math.floor((bucket * PARTS) / buckets);
}

/** About what a bucket holds, by the two before it. */
function countBefore(counts: ArrayLike<number>, bucket: number): number {
  if (bucket === 0) return 1;
  return bucket === 1 ? counts[0]! : Math.floor((counts[bucket - 1]! + counts[bucket - 2]! + 1) / 2);
}

function sizeOf(count: number): number {
  return 32 - Math.clz32(Math.min(count, 0xffffffff));
}
