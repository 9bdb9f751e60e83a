import type { SketchData } from "@giflab/metrics-core";
import { MOST_BUCKETS, readBuckets, writeBuckets } from "./bucket-column.ts";
import { ByteReader } from "./byte-reader.ts";
import { ByteWriter } from "./byte-writer.ts";
import { readIntegers, writeIntegers } from "./integer-column.ts";
import { readNumbers, writeNumbers } from "./number-column.ts";
import { packBytes, readPacked, writePacked } from "./packed-bytes.ts";
import { readSketch, UNNAMED_LAYOUT, writeSketch } from "./sketch-codec.ts";

const COLUMNS = 0;
/** One after the other, for what does not fit columns: other layouts, empty buckets, counts that do not add up. */
const ROWS = 1;
const LARGEST_COUNT = 2 ** 47;

/** Which part of sketches a reader needs. Without buckets there are no quantiles, and nothing of them is unpacked. */
export type SketchDetail = "numbers" | "buckets";

/** Writes sketches as columns of counts, sums and extremes, and apart from those their buckets. */
export function writeSketches(writer: ByteWriter, sketches: readonly SketchData[]): void {
  if (!sketches.every((sketch) => isEmpty(sketch) || fitsColumns(sketch))) {
    writer.byte(ROWS);
    const rows = new ByteWriter();
    for (const sketch of sketches) writeSketch(rows, sketch);
    writePacked(writer, packBytes(rows.take()));
    return;
  }
  writer.byte(COLUMNS);
  writeIntegers(
    writer,
    sketches.map(({ count }) => count),
  );
  const filled = sketches.filter(({ count }) => count > 0);
  for (const field of ["sum", "min", "max", "last"] as const) {
    writeNumbers(
      writer,
      filled.map((sketch) => sketch[field]),
    );
  }
  writeBuckets(writer, filled);
}

/** Reads `count` sketches. Throws a `RangeError` for bytes that make no sense. */
export function readSketches(reader: ByteReader, count: number, detail: SketchDetail): SketchData[] {
  const way = reader.byte();
  if (way === ROWS) {
    const rows = new ByteReader(readPacked(reader));
    return Array.from({ length: count }, () => readSketch(rows));
  }
  if (way !== COLUMNS) throw new RangeError(`unknown sketches ${way}`);
  const counts = readIntegers(reader, count);
  if (counts.some((one) => one < 0)) throw new RangeError("a sketch holds less than nothing");
  const totals = counts.filter((one) => one > 0);
  const [sums, mins, maxs, lasts] = [0, 1, 2, 3].map(() => readNumbers(reader, totals.length)) as [
    number[],
    number[],
    number[],
    number[],
  ];
  const buckets =
    detail === "buckets"
      ? readBuckets(
          reader,
          totals.map((one, i) => ({ count: one, min: mins[i]!, max: maxs[i]! })),
        )
      : undefined;
  let at = 0;
  return counts.map((one) => {
    if (one === 0) return EMPTY;
    const sketch = {
      layout: UNNAMED_LAYOUT,
      count: one,
      sum: sums[at]!,
      min: mins[at]!,
      max: maxs[at]!,
      last: lasts[at]!,
      indexes: buckets === undefined ? [] : buckets[at]!.indexes,
      counts: buckets === undefined ? [] : buckets[at]!.counts,
    };
    at++;
    return sketch;
  });
}

const EMPTY: SketchData = {
  layout: UNNAMED_LAYOUT,
  count: 0,
  sum: 0,
  min: 0,
  max: 0,
  last: 0,
  indexes: [],
  counts: [],
};

function isEmpty({ layout, count, sum, min, max, last, indexes }: SketchData): boolean {
  const zero = [sum, min, max, last].every((value) => Object.is(value, 0));
  return layout === UNNAMED_LAYOUT && count === 0 && indexes.length === 0 && zero;
}

function fitsColumns({ layout, count, indexes, counts }: SketchData): boolean {
  if (
    layout !== UNNAMED_LAYOUT ||
    indexes.length === 0 ||
    indexes.length > MOST_BUCKETS ||
    !(count > 0 && count < LARGEST_COUNT)
  )
    return false;
  let total = 0;
  for (let i = 0; i < counts.length; i++) {
    if (!(counts[i]! >= 1)) return false;
    total += counts[i]!;
  }
  return total === count;
}
