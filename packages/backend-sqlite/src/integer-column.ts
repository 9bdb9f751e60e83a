import { BitReader } from "./bit-reader.ts";
import { BitWriter } from "./bit-writer.ts";
import type { ByteReader } from "./byte-reader.ts";
import type { ByteWriter } from "./byte-writer.ts";
import { packBytes, readPacked, writePacked } from "./packed-bytes.ts";
import { RiceCoder } from "./rice-coder.ts";

/** What a number is compared with: the middle one, the one before, or the straight line through the two before. */
const MIDDLE = 0;
const BEFORE = 1;
const LINE = 2;
type Predictor = typeof MIDDLE | typeof BEFORE | typeof LINE;
/** All numbers lie on the line, and nothing follows. */
const EXACT = 3;
/** So many of the numbers tell where their middle is. */
const PROBES = 15;
/** A column with so few bits a number repeats itself, perhaps in a way that is worth compressing. */
const FEW_BITS = 1.5;

const bits = new BitWriter();

/**
 * Writes a column of whole numbers below 2^49 in size: as differences from their middle, as differences, or as differences
 * of differences, whichever are smallest; of numbers that rise evenly only the line. The reader must know how many there are.
 */
export function writeIntegers(writer: ByteWriter, values: ArrayLike<number>): void {
  const [first = 0, second = first] = [values[0], values[1]];
  const { predictor, base, total } = smallest(values);
  if (total === 0 && predictor === LINE) {
    writer.byte(EXACT);
    writer.zigzag(first);
    writer.zigzag(second - first);
    return;
  }
  const shift = Math.min(52, Math.max(0, Math.floor(Math.log2(total / Math.max(1, values.length) + 1))));
  const coder = new RiceCoder(shift);
  let before = base;
  let step = predictor === LINE ? second - first : 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    coder.write(bits, zigzag(value - (predictor === MIDDLE ? base : before + step)));
    if (predictor === LINE) step = value - before;
    before = value;
  }
  const taken = bits.take();
  writer.byte(predictor + shift * 4);
  writer.zigzag(base);
  if (predictor === LINE) writer.zigzag(second - first);
  const repeats = taken.length * 8 < values.length * FEW_BITS;
  writePacked(writer, repeats ? packBytes(taken) : { bytes: taken, compressed: false });
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
    const value = difference + (predictor === MIDDLE ? base : before + step);
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
  /** What the first number is compared with, less a step; or the middle. */
  readonly base: number;
  /** Sum of the differences, as they are written. */
  readonly total: number;
}

/** The plan whose differences are smallest. */
function smallest(values: ArrayLike<number>): Plan {
  const [first = 0, second = first] = [values[0], values[1]];
  const middle = middleOf(values);
  let [byMiddle, byBefore, byLine] = [0, 0, 0];
  let before = first;
  let step = second - first;
  let lineBefore = first - step;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    byMiddle += Math.abs(value - middle);
    byBefore += Math.abs(value - before);
    byLine += Math.abs(value - lineBefore - step);
    step = value - lineBefore;
    lineBefore = value;
    before = value;
  }
  if (byLine < byMiddle && byLine < byBefore)
    return { predictor: LINE, base: first - (second - first), total: 2 * byLine };
  if (byLine === 0) return { predictor: LINE, base: first - (second - first), total: 0 };
  if (byBefore < byMiddle) return { predictor: BEFORE, base: first, total: 2 * byBefore };
  return { predictor: MIDDLE, base: middle, total: 2 * byMiddle };
}

/** The median of some of the numbers. */
function middleOf(values: ArrayLike<number>): number {
  const every = Math.max(1, Math.floor(values.length / PROBES));
  const probes: number[] = [];
  for (let i = every >> 1; i < values.length; i += every) probes.push(values[i]!);
  probes.sort((a, b) => a - b);
  return probes[probes.length >> 1] ?? 0;
}

function zigzag(difference: number): number {
  return difference < 0 ? -2 * difference - 1 : 2 * difference;
}
