import type { ByteReader } from "./byte-reader.ts";
import type { ByteWriter } from "./byte-writer.ts";
import type { GaugeSpans } from "./chunk-codec.ts";
import { readIntegers, writeIntegers } from "./integer-column.ts";
import { readNumbers, writeNumbers } from "./number-column.ts";

/** What the extremes of a row have in common with its last value: added up. */
const MIN_IS_LAST = 1;
const MAX_IS_LAST = 2;
/** Minimum, maximum and mean are the last value. */
const STEADY = 4;

/**
 * Writes what a gauge did in each row beside its last value, `lasts`: an extreme only where it is another than that, as a
 * difference from it if it has few decimals, and a mean as a difference from the middle between the extremes.
 */
export function writeSpans(writer: ByteWriter, lasts: readonly number[], spans: GaugeSpans): void {
  const { held, means, mins, maxs } = spans;
  const shapes = lasts.map((last, i) => {
    const [minIsLast, maxIsLast] = [Object.is(mins[i], last), Object.is(maxs[i], last)];
    if (minIsLast && maxIsLast && Object.is(means[i], last)) return STEADY;
    return (minIsLast ? MIN_IS_LAST : 0) + (maxIsLast ? MAX_IS_LAST : 0);
  });
  writeNumbers(writer, held);
  writeIntegers(writer, shapes);
  for (const [flag, extremes] of [
    [MIN_IS_LAST, mins],
    [MAX_IS_LAST, maxs],
  ] as const) {
    const there = rowsWithout(shapes, flag);
    writeNumbers(
      writer,
      there.map((i) => extremes[i]!),
      there.map((i) => lasts[i]!),
    );
  }
  const moved = rowsWithout(shapes, STEADY);
  writeNumbers(
    writer,
    moved.map((i) => means[i]!),
    moved.map((i) => middle(mins[i]!, maxs[i]!)),
  );
}

/** Reads what `writeSpans` wrote. Throws a `RangeError` for bytes that make no sense. */
export function readSpans(reader: ByteReader, lasts: readonly number[]): GaugeSpans {
  const held = readNumbers(reader, lasts.length);
  const shapes = readIntegers(reader, lasts.length);
  if (shapes.some((shape) => !(shape >= 0 && shape <= STEADY))) throw new RangeError("a gauge has an unknown shape");
  const [mins, maxs, means] = [[...lasts], [...lasts], [...lasts]];
  for (const [flag, extremes] of [
    [MIN_IS_LAST, mins],
    [MAX_IS_LAST, maxs],
  ] as const) {
    const there = rowsWithout(shapes, flag);
    const read = readNumbers(
      reader,
      there.length,
      there.map((i) => lasts[i]!),
    );
    for (const [at, i] of there.entries()) extremes[i] = read[at]!;
  }
  const moved = rowsWithout(shapes, STEADY);
  const read = readNumbers(
    reader,
    moved.length,
    moved.map((i) => middle(mins[i]!, maxs[i]!)),
  );
  for (const [at, i] of moved.entries()) means[i] = read[at]!;
  return { held, means, mins, maxs };
}

/** Rows whose number is written: those that are neither steady nor have the flag. */
function rowsWithout(shapes: readonly number[], flag: number): number[] {
  return shapes.flatMap((shape, i) => (shape === STEADY || (shape & flag) !== 0 ? [] : [i]));
}

function middle(min: number, max: number): number {
  return min + (max - min) / 2;
}
