import { bucketOf, type SketchData } from "@giflab/metrics-core";
import { ByteReader } from "./byte-reader.ts";
import { ByteWriter } from "./byte-writer.ts";
import { readDrawn, writeDrawn } from "./drawn-sketches.ts";
import { readIntegers, writeIntegers } from "./integer-column.ts";
import { mergeSketches } from "./merge-sketches.ts";
import { UNNAMED_LAYOUT } from "./sketch-codec.ts";

/**
 * What a reader needs of samples `from` up to `to`: nothing, each of them, or what they come to together, which stands in the
 * place of the last of them then, while the others are empty.
 */
export type SampleWish = (from: number, to: number) => "nothing" | "each" | "together";

/** What is known of a sketch before its buckets are read. */
export type SketchNumbers = Pick<SketchData, "count" | "sum" | "min" | "max">;

/** Nothing recorded. */
export const NO_VALUES: SketchData = {
  layout: UNNAMED_LAYOUT,
  count: 0,
  sum: 0,
  min: 0,
  max: 0,
  last: 0,
  indexes: [],
  counts: [],
};

const group = new ByteWriter();

/**
 * Writes buckets and last values of sketches in groups: what each group comes to is drawn from the merged sketch of all, and
 * its sketches from that. So little is read where a window takes in whole groups, and it takes no more room: what is known of
 * the group is saved in its sketches.
 * @param groups how many sketches each has.
 */
export function writeGrouped(
  writer: ByteWriter,
  sketches: readonly SketchData[],
  groups: readonly number[],
  merged: SketchData,
): void {
  const members = cut(sketches, groups);
  const totals = members.map((some) => mergeSketches(some));
  writer.varint(groups.length);
  writeIntegers(writer, groups);
  writeBuckets(writer, totals, merged);
  for (const [i, some] of members.entries()) {
    group.reset();
    writeBuckets(group, some, totals[i]!);
    writer.embed(group);
  }
}

/** Reads what `writeGrouped` wrote, of sketches with these numbers. Throws a `RangeError` for bytes that make no sense. */
export function readGrouped(
  reader: ByteReader,
  numbers: readonly SketchNumbers[],
  merged: SketchData,
  wish: SampleWish,
): SketchData[] {
  const count = reader.varint();
  if (count > numbers.length) throw new RangeError(`${count} groups of ${numbers.length} sketches`);
  const groups = readIntegers(reader, count);
  let reached = 0;
  for (const length of groups) reached += length >= 1 ? length : Number.NaN;
  if (reached !== numbers.length) throw new RangeError("groups of sketches do not add up");
  const members = cut(numbers, groups);
  const totals = readBuckets(reader, members.map(numbersOf), merged);
  const sketches: SketchData[] = [];
  for (const [i, some] of members.entries()) {
    const packed = reader.bytes(reader.varint());
    const from = sketches.length;
    const wanted = wish(from, from + some.length);
    if (wanted === "together") {
      for (let one = 1; one < some.length; one++) sketches.push(NO_VALUES);
      sketches.push(totals[i]!);
      continue;
    }
    const each = wanted === "nothing" ? 0 : wantedUpTo(some.length, (one) => wish(from + one, from + one + 1));
    for (const sketch of readBuckets(new ByteReader(packed), some, totals[i]!, each)) sketches.push(sketch);
  }
  return sketches;
}

/** How many of `count` samples have to be read: up to the last one that is wanted, for each costs those before it. */
export function wantedUpTo(count: number, wish: (sample: number) => ReturnType<SampleWish>): number {
  let wanted = count;
  while (wanted > 0 && wish(wanted - 1) === "nothing") wanted--;
  return wanted;
}

function writeBuckets(writer: ByteWriter, sketches: readonly SketchData[], merged: SketchData): void {
  const filled = sketches.filter(({ count }) => count > 0);
  const several = filled.filter(({ count }) => count > 1);
  if (several.length > 0) writeDrawn(writer, filled, several, merged);
}

/** @param wanted so many of the first have their buckets in the end. */
function readBuckets(
  reader: ByteReader,
  numbers: readonly SketchNumbers[],
  merged: SketchData,
  wanted: number = numbers.length,
): SketchData[] {
  const several = numbers.filter(({ count }) => count > 1);
  const single = numbers.filter(({ count }) => count === 1).map(({ min }) => bucketOf(min));
  const severalWanted = numbers.slice(0, wanted).filter(({ count }) => count > 1).length;
  const rest = severalWanted === 0 ? [] : readDrawn(reader, single, several, merged, severalWanted);
  let at = 0;
  return numbers.map(({ count, sum, min, max }): SketchData => {
    if (count === 0) return NO_VALUES;
    if (count === 1)
      return { layout: UNNAMED_LAYOUT, count, sum, min, max, last: min, indexes: [bucketOf(min)], counts: [1] };
    const { last, indexes, counts } = rest[at++] ?? UNREAD;
    return { layout: UNNAMED_LAYOUT, count, sum, min, max, last, indexes, counts };
  });
}

const UNREAD: Pick<SketchData, "last" | "indexes" | "counts"> = { last: Number.NaN, indexes: [], counts: [] };

function numbersOf(sketches: readonly SketchNumbers[]): SketchNumbers {
  let [count, sum, min, max] = [0, 0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const sketch of sketches) {
    if (sketch.count === 0) continue;
    count += sketch.count;
    sum += sketch.sum;
    min = Math.min(min, sketch.min);
    max = Math.max(max, sketch.max);
  }
  return count === 0 ? NO_VALUES : { count, sum, min, max };
}

function cut<T>(all: readonly T[], lengths: readonly number[]): T[][] {
  let at = 0;
  return lengths.map((length) => all.slice(at, (at += length)));
}
