import { bucketOf, type SketchData } from "@giflab/metrics-core";
import { ByteReader } from "./byte-reader.ts";
import { ByteWriter } from "./byte-writer.ts";
import { readDrawn, writeDrawn } from "./drawn-sketches.ts";
import { readIntegers, writeIntegers } from "./integer-column.ts";
import { mergeSketches } from "./merge-sketches.ts";
import { UNNAMED_LAYOUT } from "./sketch-codec.ts";

/** Which sketches of a chunk a reader needs. */
export interface SampleWish {
  /** Whether all samples of the chunk are of one instance, the latest last. */
  readonly oneWriter: boolean;
  /**
   * What is needed of samples `from` up to `to`: nothing, each of them, or what they come to together, which stands in the place
   * of the last of them then, while the others are empty.
   */
  of(from: number, to: number): "nothing" | "each" | "together";
}

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
  wish: SampleWish = EACH,
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
    if (wish.of(from, from + some.length) === "together") sketches.push(...together(some.length, totals[i]!));
    else {
      const member: SampleWish = { oneWriter: true, of: (begin, end) => wish.of(from + begin, from + end) };
      for (const sketch of readBuckets(new ByteReader(packed), some, totals[i]!, member)) sketches.push(sketch);
    }
  }
  return sketches;
}

/** How many of `count` samples have to be read: up to the last one that is wanted, for each costs those before it. */
function wantedUpTo(count: number, wish: SampleWish | undefined): number {
  let wanted = count;
  while (wish !== undefined && wanted > 0 && wish.of(wanted - 1, wanted) === "nothing") wanted--;
  return wanted;
}

/** Empty sketches but for the last. */
function together(count: number, total: SketchData): SketchData[] {
  return Array.from({ length: count }, (_, i) => (i === count - 1 ? total : NO_VALUES));
}

function writeBuckets(writer: ByteWriter, sketches: readonly SketchData[], merged: SketchData): void {
  const filled = sketches.filter(({ count }) => count > 0);
  const several = filled.filter(({ count }) => count > 1);
  if (several.length > 0) writeDrawn(writer, filled, several, merged);
}

/**
 * Reads buckets and last values of sketches with these numbers. Throws a `RangeError` for bytes that make no sense.
 * @param merged all of them as one.
 * @param wish which are needed: all without it.
 */
export function readBuckets(
  reader: ByteReader,
  numbers: readonly SketchNumbers[],
  merged: SketchData,
  wish?: SampleWish,
): SketchData[] {
  const rest = restFrom(numbers.length, wish);
  const wanted = rest ?? wantedUpTo(numbers.length, wish);
  const several = numbers.filter(isSeveral);
  const single = numbers.filter(({ count }) => count === 1).map(({ min }) => bucketOf(min));
  const drawn =
    wanted > 0 && several.length > 0
      ? readDrawn(reader, single, several, merged, numbers.slice(0, wanted).filter(isSeveral).length)
      : undefined;
  let at = 0;
  const sketches = numbers.map(({ count, sum, min, max }): SketchData => {
    if (count === 0) return NO_VALUES;
    if (count === 1)
      return { layout: UNNAMED_LAYOUT, count, sum, min, max, last: min, indexes: [bucketOf(min)], counts: [1] };
    const { last, indexes, counts } = drawn?.sketches[at++] ?? UNREAD;
    return { layout: UNNAMED_LAYOUT, count, sum, min, max, last, indexes, counts };
  });
  if (rest === undefined) return sketches;
  const unread = numbers.slice(rest);
  // Where all hold one value at most there is nothing to draw.
  const total = several.length === 0 ? mergeSketches(sketches.slice(rest)) : restOf(unread, merged, drawn?.rest);
  return [...sketches.slice(0, rest), ...together(unread.length, total)];
}

/** What sketches come to that have not been drawn; all of them if none has. */
function restOf(
  unread: readonly SketchNumbers[],
  merged: SketchData,
  left: ((known: readonly number[]) => Pick<SketchData, "indexes" | "counts">) | undefined,
): SketchData {
  const numbers = numbersOf(unread);
  if (numbers.count === 0) return NO_VALUES;
  const known = unread.flatMap(({ count, min, max }) => {
    if (count === 0) return [];
    return count === 1 ? [bucketOf(min)] : [bucketOf(min), bucketOf(max)];
  });
  return { ...merged, ...numbers, ...left?.(known) };
}

/**
 * From which sample on all are needed together. What they come to is what is left of the merged sketch when those before have
 * been drawn, so that a window that begins in a chunk costs what lies before it and not what lies in it.
 */
function restFrom(count: number, wish: SampleWish | undefined): number | undefined {
  if (wish?.oneWriter !== true || count === 0) return undefined;
  let from = count;
  while (from > 0 && wish.of(from - 1, from) !== "nothing") from--;
  return from < count && wish.of(from, count) === "together" ? from : undefined;
}

function isSeveral({ count }: SketchNumbers): boolean {
  return count > 1;
}

const EACH: SampleWish = { oneWriter: false, of: () => "each" };
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
