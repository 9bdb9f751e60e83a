import type { ByteReader } from "./byte-reader.ts";
import { ByteWriter } from "./byte-writer.ts";
import { fromBits, highBits, lowBits, stepped, stepsBetween } from "./double-bits.ts";
import { LARGEST_INTEGER, readIntegers, writeIntegers } from "./integer-column.ts";
import { packBytes, readPacked, writePacked } from "./packed-bytes.ts";

/** First byte of a column: below 16 the decimals of a column of whole numbers, from 16 on the same with corrections. */
const CORRECTED = 16;
const XOR = 32;
const SAME = 33;
/** Nanoseconds in seconds have nine. */
const MOST_DECIMALS = 9;
/** Corrections beyond this take as much as the number itself. */
const LARGEST_CORRECTION = 2 ** 28;
/** Columns with more bytes a number than this are tried in another way too. */
const LONG_BYTES = 5;
/** How many of the values tell how many decimals are worth a try. */
const PROBES = 32;

/**
 * Writes a column of doubles, exact to the bit, in the first of these ways that is short: one value for all; whole numbers behind a
 * common decimal point (see `writeIntegers`); the same with each double's distance from that decimal number, for sums that
 * have gathered rounding errors; each double's bits compared with the one before by XOR. The reader must know how many
 * there are. NaN comes back as the usual NaN.
 */
export function writeNumbers(writer: ByteWriter, values: readonly number[]): void {
  if (allSame(values)) {
    writer.bytes(asSame(values));
    return;
  }
  let best = asDecimals(values) ?? asCorrected(values);
  // Doubles that share a decimal point are shorter with it, unless they are very long.
  if (best === undefined || best.length > values.length * LONG_BYTES) {
    const bits = asXor(values);
    if (best === undefined || bits.length < best.length) best = bits;
  }
  writer.bytes(best);
}

/** Reads `count` doubles. Throws a `RangeError` for bytes that make no sense. */
export function readNumbers(reader: ByteReader, count: number): number[] {
  const way = reader.byte();
  if (way === SAME) return new Array<number>(count).fill(count === 0 ? 0 : reader.float64());
  if (way === XOR) return readXor(reader, count);
  if (way % CORRECTED > MOST_DECIMALS || way > XOR) throw new RangeError(`unknown column ${way}`);
  const scale = 10 ** (way % CORRECTED);
  const wholes = readIntegers(reader, count);
  for (let i = 0; i < count; i++) wholes[i] = wholes[i]! / scale;
  if (way < CORRECTED) return wholes;
  const corrections = readIntegers(reader, count);
  for (let i = 0; i < count; i++) wholes[i] = stepped(wholes[i]!, corrections[i]!);
  return wholes;
}

function allSame(values: readonly number[]): boolean {
  return values.every((value) => Object.is(value, values[0]));
}

function asSame(values: readonly number[]): Uint8Array {
  const writer = new ByteWriter();
  writer.byte(SAME);
  if (values.length > 0) writer.float64(values[0]!);
  return writer.take();
}

/** `undefined` when some value is not a whole number of decimals that a column can hold. */
function asDecimals(values: readonly number[]): Uint8Array | undefined {
  let decimals = 0;
  for (const value of values) {
    while (!isDecimal(value, decimals)) if (++decimals > MOST_DECIMALS) return undefined;
  }
  // With more decimals the first ones must still be exact: 0.1 + 0.2 is no 0.300 but 0.3 may be one with 9 places.
  if (!values.every((value) => isDecimal(value, decimals))) return undefined;
  const writer = new ByteWriter();
  writer.byte(decimals);
  writeIntegers(writer, scaled(values, decimals));
  return writer.take();
}

function isDecimal(value: number, decimals: number): boolean {
  const whole = Math.round(value * 10 ** decimals);
  return Math.abs(whole) < LARGEST_INTEGER && Object.is((whole + 0) / 10 ** decimals, value);
}

/** Each value as a decimal and its distance from that; `undefined` when no number of decimals comes near enough. */
function asCorrected(values: readonly number[]): Uint8Array | undefined {
  const decimals = nearestDecimals(values);
  if (decimals === undefined) return undefined;
  const wholes = scaled(values, decimals);
  const corrections = wholes.map((whole, i) => stepsBetween(whole / 10 ** decimals, values[i]!));
  const good = corrections.every(
    (correction, i) =>
      Math.abs(correction) < LARGEST_CORRECTION &&
      Math.abs(wholes[i]!) < LARGEST_INTEGER &&
      Object.is(stepped(wholes[i]! / 10 ** decimals, correction), values[i]!),
  );
  if (!good) return undefined;
  const writer = new ByteWriter();
  writer.byte(CORRECTED + decimals);
  writeIntegers(writer, wholes);
  writeIntegers(writer, corrections);
  return writer.take();
}

/** With how many decimals some values of the column take the fewest bits, counting those of their corrections. */
function nearestDecimals(values: readonly number[]): number | undefined {
  const every = Math.max(1, Math.floor(values.length / PROBES));
  let best: number | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (let decimals = 0; decimals <= MOST_DECIMALS; decimals++) {
    let bits = 0;
    for (let i = 0; i < values.length; i += every) {
      const whole = Math.round(values[i]! * 10 ** decimals);
      const correction = Math.abs(stepsBetween(whole / 10 ** decimals, values[i]!));
      bits +=
        Math.abs(whole) < LARGEST_INTEGER && correction < LARGEST_CORRECTION ? Math.log2(1 + correction) : Infinity;
      bits += Math.log2(10) * decimals;
    }
    if (bits >= least) continue;
    least = bits;
    best = decimals;
  }
  return best;
}

function scaled(values: readonly number[], decimals: number): number[] {
  return values.map((value) => Math.round(value * 10 ** decimals) + 0);
}

/** The bytes of one rank stand together: the upper ones hardly change. */
function asXor(values: readonly number[]): Uint8Array {
  const planes = new Uint8Array(values.length * 8);
  let [high, low] = [0, 0];
  for (const [i, value] of values.entries()) {
    const [nextHigh, nextLow] = [highBits(value), lowBits(value)];
    for (let rank = 0; rank < 4; rank++) {
      planes[rank * values.length + i] = (nextHigh ^ high) >>> (24 - 8 * rank);
      planes[(rank + 4) * values.length + i] = (nextLow ^ low) >>> (24 - 8 * rank);
    }
    [high, low] = [nextHigh, nextLow];
  }
  const writer = new ByteWriter();
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
