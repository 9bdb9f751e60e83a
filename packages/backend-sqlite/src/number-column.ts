import type { ByteReader } from "./byte-reader.ts";
import { ByteWriter } from "./byte-writer.ts";
import { type Decimals, decimalsOf, LARGEST_INTEGER, MOST_DECIMALS, SCALES } from "./decimals.ts";
import { fromBits, highBits, lowBits, stepped, stepsBetween } from "./double-bits.ts";
import { readIntegers, writeIntegers } from "./integer-column.ts";
import { packBytes, readPacked, writePacked } from "./packed-bytes.ts";

/** First byte of a column: below 16 the decimals of a column of whole numbers, from 16 on the same with corrections. */
const CORRECTED = 16;
const XOR = 32;
const SAME = 33;
/** Added to the first byte of whole numbers that are written as differences from what they were expected to be. */
const EXPECTED = 64;
/** Corrections beyond this take as much as the number itself. */
const LARGEST_CORRECTION = 2 ** 28;
/** Columns with more bytes a number than this are tried in another way too. */
const LONG_BYTES = 5;
/** How many of the values tell how many decimals are worth a try. */
const PROBES = 32;
/** By decimals: how many bits a number has more than without them. */
const SCALE_BITS: readonly number[] = SCALES.map((scale) => Math.log2(scale));

/**
 * Writes a column of doubles, exact to the bit, in the first of these ways that is short: one value for all; whole numbers behind a
 * common decimal point (see `writeIntegers`); the same with each double's distance from that decimal number, for sums that
 * have gathered rounding errors; each double's bits compared with the one before by XOR. The reader must know how many
 * there are. NaN comes back as the usual NaN.
 * @param expected what each about is, as far as the reader knows too; whole numbers are differences from that then.
 */
export function writeNumbers(writer: ByteWriter, values: readonly number[], expected?: ArrayLike<number>): void {
  if (allSame(values)) {
    writer.byte(SAME);
    if (values.length > 0) writer.float64(values[0]!);
    return;
  }
  let best = asDecimals(values, expected) ?? asCorrected(values, expected);
  // Doubles that share a decimal point are shorter with it, unless they are very long.
  if (best === undefined || best.length > values.length * LONG_BYTES) {
    const bits = asXor(values);
    if (best === undefined || bits.length < best.length) best = bits;
  }
  writer.bytes(best);
}

/** Reads `count` doubles. Throws a `RangeError` for bytes that make no sense. */
export function readNumbers(reader: ByteReader, count: number, expected?: ArrayLike<number>): number[] {
  const first = reader.byte();
  const way = first % EXPECTED;
  if (first >= EXPECTED && expected === undefined) throw new RangeError(`unknown column ${first}`);
  if (way === SAME) return new Array<number>(count).fill(count === 0 ? 0 : reader.float64());
  if (way === XOR) return readXor(reader, count);
  if (way % CORRECTED > MOST_DECIMALS || way > XOR) throw new RangeError(`unknown column ${way}`);
  const scale = SCALES[way % CORRECTED]!;
  const numbers = readIntegers(reader, count);
  for (let i = 0; i < count; i++) {
    const whole = first < EXPECTED ? numbers[i]! : numbers[i]! + Math.round(expected![i]! * scale);
    numbers[i] = whole / scale;
  }
  if (way < CORRECTED) return numbers;
  const corrections = readIntegers(reader, count);
  for (let i = 0; i < count; i++) numbers[i] = stepped(numbers[i]!, corrections[i]!);
  return numbers;
}

/** Of one way of writing after the other. */
const writer = new ByteWriter();

function allSame(values: readonly number[]): boolean {
  for (let i = 1; i < values.length; i++) if (!Object.is(values[i], values[0])) return false;
  return true;
}

/** `undefined` when some value is not a whole number of decimals that a column can hold. */
function asDecimals(values: readonly number[], expected: ArrayLike<number> | undefined): Uint8Array | undefined {
  const decimals = decimalsOf(values);
  if (decimals === undefined) return undefined;
  writer.reset();
  writeWholes(writer, decimals, scaled(values, decimals), decimals, expected);
  return writer.take();
}

/** Each value as a decimal and its distance from that; `undefined` when no number of decimals comes near enough. */
function asCorrected(values: readonly number[], expected: ArrayLike<number> | undefined): Uint8Array | undefined {
  const decimals = nearestDecimals(values);
  if (decimals === undefined) return undefined;
  const wholes = scaled(values, decimals);
  const scale = SCALES[decimals]!;
  const corrections = new Array<number>(values.length);
  for (let i = 0; i < values.length; i++) {
    const whole = wholes[i]!;
    const correction = stepsBetween(whole / scale, values[i]!);
    const good = Math.abs(correction) < LARGEST_CORRECTION && Math.abs(whole) < LARGEST_INTEGER;
    if (!good || !Object.is(stepped(whole / scale, correction), values[i]!)) return undefined;
    corrections[i] = correction;
  }
  writer.reset();
  writeWholes(writer, CORRECTED + decimals, wholes, decimals, expected);
  writeIntegers(writer, corrections);
  return writer.take();
}

function writeWholes(
  writer: ByteWriter,
  way: number,
  wholes: readonly number[],
  decimals: Decimals,
  expected: ArrayLike<number> | undefined,
): void {
  const differences = expected === undefined ? undefined : differencesFrom(expected, wholes, SCALES[decimals]!);
  writer.byte(way + (differences === undefined ? 0 : EXPECTED));
  writeIntegers(writer, differences ?? wholes);
}

/** `undefined` when they are too large. */
function differencesFrom(expected: ArrayLike<number>, wholes: readonly number[], scale: number): number[] | undefined {
  const differences = new Array<number>(wholes.length);
  for (let i = 0; i < wholes.length; i++) {
    const about = Math.round(expected[i]! * scale);
    if (!(Math.abs(about) < LARGEST_INTEGER && Math.abs(wholes[i]! - about) < LARGEST_INTEGER)) return undefined;
    differences[i] = wholes[i]! - about;
  }
  return differences;
}

/** With how many decimals some values of the column take the fewest bits, counting those of their corrections. */
function nearestDecimals(values: readonly number[]): number | undefined {
  const every = Math.max(1, Math.floor(values.length / PROBES));
  let best: number | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (let decimals = 0; decimals <= MOST_DECIMALS; decimals++) {
    const scale = SCALES[decimals]!;
    let bits = 0;
    for (let i = 0; i < values.length && bits < least; i += every) {
      const whole = Math.round(values[i]! * scale);
      const correction = Math.abs(stepsBetween(whole / scale, values[i]!));
      const good = Math.abs(whole) < LARGEST_INTEGER && correction < LARGEST_CORRECTION;
      bits += good ? Math.log2(1 + correction) + SCALE_BITS[decimals]! : Number.POSITIVE_INFINITY;
    }
    if (bits >= least) continue;
    least = bits;
    best = decimals;
  }
  return best;
}

function scaled(values: readonly number[], decimals: Decimals): number[] {
  const scale = SCALES[decimals]!;
  const wholes = new Array<number>(values.length);
  for (let i = 0; i < values.length; i++) wholes[i] = Math.round(values[i]! * scale) + 0;
  return wholes;
}

/** The bytes of one rank stand together: the upper ones hardly change. */
function asXor(values: readonly number[]): Uint8Array {
  const planes = new Uint8Array(values.length * 8);
  let [high, low] = [0, 0];
  for (let i = 0; i < values.length; i++) {
    const [nextHigh, nextLow] = [highBits(values[i]!), lowBits(values[i]!)];
    for (let rank = 0; rank < 4; rank++) {
      planes[rank * values.length + i] = (nextHigh ^ high) >>> (24 - 8 * rank);
      planes[(rank + 4) * values.length + i] = (nextLow ^ low) >>> (24 - 8 * rank);
    }
    [high, low] = [nextHigh, nextLow];
  }
  writer.reset();
  writer.byte(XOR);
  writePacked(writer, packBytes(planes));
  return writer.take();
}

function readXor(reader: ByteReader, count: number): number[] {
  const planes = readPacked(reader);
  if (planes.length !== count * 8) throw new RangeError(`${planes.length} bytes for ${count} numbers`);
  const values = new Array<number>(count);
  let [high, low] = [0, 0];
  for (let i = 0; i < count; i++) {
    for (let rank = 0; rank < 4; rank++) {
      high ^= planes[rank * count + i]! << (24 - 8 * rank);
      low ^= planes[(rank + 4) * count + i]! << (24 - 8 * rank);
    }
    values[i] = fromBits(high >>> 0, low >>> 0);
  }
  return values;
}
