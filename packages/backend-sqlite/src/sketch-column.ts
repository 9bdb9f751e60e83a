import { bucketOf, type SketchData } from "@giflab/metrics-core";
import { MOST_BUCKETS, readBuckets as readBucketColumn, writeBuckets } from "./bucket-column.ts";
import { ByteReader } from "./byte-reader.ts";
import { ByteWriter } from "./byte-writer.ts";
import { canBeDrawn, writeDrawn } from "./drawn-sketches.ts";
import { NO_VALUES, readBuckets, readGrouped, type SampleWish, writeGrouped } from "./grouped-sketches.ts";
import { readIntegers, writeIntegers } from "./integer-column.ts";
import { readNumbers, writeNumbers } from "./number-column.ts";
import { packBytes, readPacked, writePacked } from "./packed-bytes.ts";
import { readSketch, UNNAMED_LAYOUT, writeSketch } from "./sketch-codec.ts";

/** One after the other, for what does not fit columns: other layouts, empty buckets, counts that do not add up. */
const ROWS = 1;
/** Columns otherwise, of which these say how they are written: sketches of one value are that value and no more, */
const SINGLES = 2;
/** buckets are drawn from the merged sketch, */
const DRAWN = 4;
/** and that in groups. */
const GROUPED = 8;
const LARGEST_COUNT = 2 ** 47;

/** Which part of sketches a reader needs. Without buckets there are no quantiles and no last values, and nothing of them is unpacked. */
export type SketchDetail = "numbers" | "buckets";

/**
 * Writes sketches as columns of counts, extremes and sums, and behind those their buckets and last values.
 * @param merged all of them as one, if the reader knows it.
 * @param groups how many sketches each group has that is worth reading as one; none without groups.
 */
export function writeSketches(
  writer: ByteWriter,
  sketches: readonly SketchData[],
  merged?: SketchData,
  groups: readonly number[] = [],
): void {
  if (!sketches.every((sketch) => isEmpty(sketch) || fitsColumns(sketch))) {
    writer.byte(ROWS);
    const rows = new ByteWriter();
    for (const sketch of sketches) writeSketch(rows, sketch);
    writePacked(writer, packBytes(rows.take()));
    return;
  }
  const filled = sketches.filter(({ count }) => count > 0);
  const singles = filled.every((sketch) => sketch.count > 1 || isSingle(sketch));
  const several = singles ? filled.filter(({ count }) => count > 1) : filled;
  const drawn = singles && merged !== undefined && canBeDrawn(filled, merged);
  const grouped = drawn && groups.length > 0 && several.length > 0;
  writer.byte((singles ? SINGLES : 0) | (drawn ? DRAWN : 0) | (grouped ? GROUPED : 0));
  writeIntegers(
    writer,
    sketches.map(({ count }) => count),
  );
  writeNumbers(
    writer,
    filled.map(({ min }) => min),
  );
  if (several.length === 0) return;
  writeNumbers(
    writer,
    several.map(({ max }) => max),
  );
  const between = Math.fround(meanBetween(several));
  writer.float32(between);
  writeNumbers(
    writer,
    several.map(({ sum }) => sum),
    several.map((sketch) => expectedSum(sketch, between)),
  );
  if (grouped) {
    writeGrouped(writer, sketches, groups, merged);
    return;
  }
  if (drawn) {
    writeDrawn(writer, filled, several, merged);
    return;
  }
  writeBuckets(writer, several);
  writeNumbers(
    writer,
    several.map(({ last }) => last),
  );
}

/**
 * Reads `count` sketches. Without buckets `last` is NaN where it cannot be told. Throws a `RangeError` for bytes that make no sense.
 * @param wish which of them have their buckets at least, or may come together: the effort goes by it.
 */
export function readSketches(
  reader: ByteReader,
  count: number,
  detail: SketchDetail,
  merged?: () => SketchData,
  wish?: SampleWish,
): SketchData[] {
  const way = reader.byte();
  if (way === ROWS) {
    const rows = new ByteReader(readPacked(reader));
    return Array.from({ length: count }, () => readSketch(rows));
  }
  if ((way & ~(SINGLES | DRAWN | GROUPED)) !== 0) throw new RangeError(`unknown sketches ${way}`);
  const counts = readIntegers(reader, count);
  if (counts.some((one) => !(one >= 0 && one < LARGEST_COUNT)))
    throw new RangeError("a sketch holds less than nothing");
  const filled = counts.filter((one) => one > 0);
  const mins = readNumbers(reader, filled.length);
  const isSeveral = (one: number): boolean => one > ((way & SINGLES) === 0 ? 0 : 1);
  const several = filled.flatMap((one, i) => (isSeveral(one) ? [{ count: one, min: mins[i]!, max: 0, sum: 0 }] : []));
  let rest: readonly Rest[] = several.map(() => NO_BUCKETS);
  if (several.length > 0) {
    for (const [i, max] of readNumbers(reader, several.length).entries()) several[i]!.max = max;
    const between = reader.float32();
    const expected = several.map((sketch) => expectedSum(sketch, between));
    for (const [i, sum] of readNumbers(reader, several.length, expected).entries()) several[i]!.sum = sum;
    if (detail === "buckets" && (way & DRAWN) !== 0) {
      if (merged === undefined) throw new RangeError("a chunk has no merged sketch");
      const numbers = assembled(counts, mins, several, rest, isSeveral, "numbers");
      return (way & GROUPED) === 0
        ? readBuckets(reader, numbers, merged(), wish)
        : readGrouped(reader, numbers, merged(), wish);
    } else if (detail === "buckets") {
      const buckets = readBucketColumn(reader, several);
      const lasts = readNumbers(reader, several.length);
      rest = buckets.map((one, i) => ({ ...one, last: lasts[i]! }));
    }
  }
  return assembled(counts, mins, several, rest, isSeveral, detail);
}

/** What stands behind the columns of numbers. */
type Rest = Pick<SketchData, "last" | "indexes" | "counts">;
const NO_BUCKETS: Rest = { last: Number.NaN, indexes: [], counts: [] };

function assembled(
  counts: readonly number[],
  mins: readonly number[],
  several: readonly Pick<SketchData, "count" | "min" | "max" | "sum">[],
  rest: readonly Rest[],
  isSeveral: (count: number) => boolean,
  detail: SketchDetail,
): SketchData[] {
  let [at, atSeveral] = [0, 0];
  return counts.map((count): SketchData => {
    if (count === 0) return NO_VALUES;
    const min = mins[at++]!;
    if (!isSeveral(count)) {
      const buckets = detail === "buckets" ? { indexes: [bucketOf(min)], counts: [1] } : { indexes: [], counts: [] };
      return { layout: UNNAMED_LAYOUT, count, sum: min, min, max: min, last: min, ...buckets };
    }
    const { sum, max } = several[atSeveral]!;
    const { last, indexes, counts: values } = rest[atSeveral]!;
    atSeveral++;
    return { layout: UNNAMED_LAYOUT, count, sum, min, max, last, indexes, counts: values };
  });
}

/** What the values between the smallest and the largest are on average. */
function meanBetween(sketches: readonly SketchData[]): number {
  let [sum, count] = [0, 0];
  for (const sketch of sketches) {
    sum += sketch.sum - sketch.min - sketch.max;
    count += sketch.count - 2;
  }
  return count > 0 ? sum / count : 0;
}

function expectedSum({ count, min, max }: Pick<SketchData, "count" | "min" | "max">, between: number): number {
  return min + max + (count - 2) * between;
}

function isEmpty({ layout, count, sum, min, max, last, indexes }: SketchData): boolean {
  const zero = Object.is(sum, 0) && Object.is(min, 0) && Object.is(max, 0) && Object.is(last, 0);
  return layout === UNNAMED_LAYOUT && count === 0 && indexes.length === 0 && zero;
}

/** A sketch of one value, which is in its bucket. */
function isSingle({ sum, min, max, last, indexes }: SketchData): boolean {
  const same = Object.is(sum, min) && Object.is(max, min) && Object.is(last, min);
  return same && indexes.length === 1 && indexes[0] === bucketOf(min);
}

function fitsColumns({ layout, count, indexes, counts }: SketchData): boolean {
  const filled = count > 0 && count < LARGEST_COUNT && indexes.length > 0 && indexes.length <= MOST_BUCKETS;
  if (layout !== UNNAMED_LAYOUT || !filled) return false;
  let total = 0;
  for (let i = 0; i < counts.length; i++) {
    if (!(counts[i]! >= 1)) return false;
    total += counts[i]!;
  }
  return total === count;
}
