import { BitReader } from "./bit-reader.ts";
import { BitWriter } from "./bit-writer.ts";
import type { ByteReader } from "./byte-reader.ts";
import type { ByteWriter } from "./byte-writer.ts";
import { packBytes, readPacked, writePacked } from "./packed-bytes.ts";
import { RiceCoder } from "./rice-coder.ts";

/** Whole numbers of either sign must be smaller than this, so that differences of differences are exact. */
export const LARGEST_INTEGER: number = 2 ** 48;

/** What a number is compared with: nothing, the one before, or the straight line through the two before. */
const PREDICTORS = [0, 1, 2] as const;
type Predictor = (typeof PREDICTORS)[number];
const FIRST_SHIFT = 4;

const bits = new BitWriter();

/**
 * Writes a column of whole numbers below 2^48 in size: as they are, as differences, or as differences of differences
 * (a regular counter is then all zeros), whichever is shortest. The reader must know how many there are.
 */
export function writeIntegers(writer: ByteWriter, values: readonly number[]): void {
  const [predictor, shift] = cheapest(values);
  const coder = new RiceCoder(shift);
  eachResidual(values, predictor, (residual) => coder.write(bits, residual));
  writer.byte(predictor + shift * 4);
  writePacked(writer, packBytes(bits.take()));
}

/** Reads `count` numbers. Throws a `RangeError` for bytes that make no sense. */
export function readIntegers(reader: ByteReader, count: number): number[] {
  const head = reader.byte();
  const predictor = head % 4;
  const coder = new RiceCoder(Math.min(52, head >> 2));
  const source = new BitReader(readPacked(reader));
  const values = new Array<number>(count);
  let before = 0;
  let step = 0;
  for (let i = 0; i < count; i++) {
    const residual = coder.read(source);
    const difference = residual % 2 === 0 ? residual / 2 : -(residual + 1) / 2;
    const value = predictor === 0 ? difference : predictor === 1 ? before + difference : before + step + difference;
    if (!Number.isSafeInteger(value)) throw new RangeError("a number is too large");
    // The line begins with the second number.
    step = i === 0 ? 0 : value - before;
    before = value;
    values[i] = value;
  }
  return values;
}

/** Predictor and first shift with which a column is shortest. */
function cheapest(values: readonly number[]): [Predictor, number] {
  let best: [Predictor, number] = [0, 0];
  let least = Number.POSITIVE_INFINITY;
  for (const predictor of PREDICTORS) {
    const coder = new RiceCoder(FIRST_SHIFT);
    let cost = 0;
    let first = 0;
    eachResidual(values, predictor, (residual, i) => {
      cost += coder.cost(residual);
      // The first number is a total and says nothing of the steps that follow.
      if (i === 0 || i === 1) first = Math.max(0, Math.floor(Math.log2(residual + 1)));
    });
    if (cost >= least) continue;
    least = cost;
    best = [predictor, Math.min(52, first)];
  }
  return best;
}

function eachResidual(
  values: readonly number[],
  predictor: Predictor,
  take: (residual: number, index: number) => void,
): void {
  let before = 0;
  let step = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    const predicted = predictor === 0 ? 0 : predictor === 1 ? before : before + step;
    const difference = value - predicted;
    take(difference < 0 ? -2 * difference - 1 : 2 * difference, i);
    step = i === 0 ? 0 : value - before;
    before = value;
  }
}
