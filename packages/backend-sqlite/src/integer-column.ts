import { BitReader } from "./bit-reader.ts";
import { BitWriter } from "./bit-writer.ts";
import type { ByteReader } from "./byte-reader.ts";
import type { ByteWriter } from "./byte-writer.ts";
import { packBytes, readPacked, writePacked } from "./packed-bytes.ts";
import { RiceCoder } from "./rice-coder.ts";

/** Whole numbers of either sign must be smaller than this, so that differences of differences are exact. */
export const LARGEST_INTEGER: number = 2 ** 48;

/** What a number is compared with: the median, the one before, or the straight line through the two before. */
const MEDIAN = 0;
const BEFORE = 1;
const LINE = 2;
const PREDICTORS = [MEDIAN, BEFORE, LINE] as const;
type Predictor = (typeof PREDICTORS)[number];
/** All numbers lie on the line, and nothing follows. */
const EXACT = 3;

const bits = new BitWriter();

/**
 * Writes a column of whole numbers below 2^48 in size: as differences from their median, as differences, or as differences
 * of differences, whichever is shortest; of numbers that rise evenly only the line. The reader must know how many there are.
 */
export function writeIntegers(writer: ByteWriter, values: readonly number[]): void {
  const [first = 0, second = first] = values;
  if (values.every((value, i) => value === first + i * (second - first))) {
    writer.byte(EXACT);
    writer.zigzag(first);
    writer.zigzag(second - first);
    return;
  }
  const { predictor, shift, base, step } = cheapest(values);
  const coder = new RiceCoder(shift);
  eachResidual(values, predictor, base, step, (residual) => coder.write(bits, residual));
  writer.byte(predictor + shift * 4);
  writer.zigzag(base);
  if (predictor === LINE) writer.zigzag(step);
  writePacked(writer, packBytes(bits.take()));
}

/** Reads `count` numbers. Throws a `RangeError` for bytes that make no sense. */
export function readIntegers(reader: ByteReader, count: number): number[] {
  const head = reader.byte();
  const predictor = head % 4;
  const coder = new RiceCoder(Math.min(52, head >> 2));
  const base = reader.zigzag();
  let step = predictor === LINE || predictor === EXACT ? reader.zigzag() : 0;
  if (predictor === EXACT) return lineOf(base, step, count);
  const source = new BitReader(readPacked(reader));
  const values = new Array<number>(count);
  let before = base;
  for (let i = 0; i < count; i++) {
    const residual = coder.read(source);
    const difference = residual % 2 === 0 ? residual / 2 : -(residual + 1) / 2;
    const value = difference + (predictor === MEDIAN ? base : before + step);
    if (!Number.isSafeInteger(value)) throw new RangeError("a number is too large");
    if (predictor === LINE) step = value - before;
    before = value;
    values[i] = value;
  }
  return values;
}

function lineOf(base: number, step: number, count: number): number[] {
  const values = new Array<number>(count);
  for (let i = 0; i < count; i++) values[i] = base + i * step;
  return values;
}

interface Plan {
  readonly predictor: Predictor;
  readonly shift: number;
  /** What the first number is compared with, less a step; or the median. */
  readonly base: number;
  readonly step: number;
}

/** The plan with which a column is shortest. */
function cheapest(values: readonly number[]): Plan {
  let best: Plan = { predictor: MEDIAN, shift: 0, base: 0, step: 0 };
  let least = Number.POSITIVE_INFINITY;
  const [first = 0, second = first] = values;
  for (const predictor of PREDICTORS) {
    const step = predictor === LINE ? second - first : 0;
    const base = predictor === MEDIAN ? medianOf(values) : first - step;
    let total = 0;
    eachResidual(values, predictor, base, step, (residual) => {
      total += residual;
    });
    const shift = Math.min(52, Math.max(0, Math.floor(Math.log2(total / Math.max(1, values.length) + 1))));
    const coder = new RiceCoder(shift);
    let cost = 0;
    eachResidual(values, predictor, base, step, (residual) => {
      cost += coder.cost(residual);
    });
    if (cost >= least) continue;
    least = cost;
    best = { predictor, shift, base, step };
  }
  return best;
}

function eachResidual(
  values: readonly number[],
  predictor: Predictor,
  base: number,
  firstStep: number,
  take: (residual: number) => void,
): void {
  let before = base;
  let step = firstStep;
  for (const value of values) {
    const difference = value - (predictor === MEDIAN ? base : before + step);
    take(difference < 0 ? -2 * difference - 1 : 2 * difference);
    if (predictor === LINE) step = value - before;
    before = value;
  }
}

function medianOf(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[sorted.length >> 1] ?? 0;
}
