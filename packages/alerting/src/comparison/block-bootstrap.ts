import type { UnitSample } from "./unit-sample.ts";

/** A source of numbers from 0 to below 1. */
export type RandomSource = () => number;

/**
 * Draws a sample anew from itself, `rounds` times, and gives each round's estimate (`undefined` where it has none).
 *
 * Units are drawn in blocks of neighbours, going round at the end of their sequence (circular block bootstrap, Politis and
 * Romano 1992), so that what neighbours have in common widens the result as it should. Takes rounds x units x columns steps.
 */
export function bootstrapEstimates(
  { units, sequences, estimate }: UnitSample,
  {
    blockLength,
    rounds,
    random,
  }: { readonly blockLength: number; readonly rounds: number; readonly random: RandomSource },
): (number | undefined)[] {
  const { length } = units;
  const begins = new Int32Array(length);
  const ends = new Int32Array(length);
  for (const [index, begin] of sequences.entries()) {
    const end = sequences[index + 1] ?? length;
    begins.fill(begin, begin, end);
    ends.fill(end, begin, end);
  }
  const sums = new Float64Array(units[0]!.length);
  return Array.from({ length: rounds }, () => {
    sums.fill(0);
    for (let drawn = 0; drawn < length; ) {
      let at = Math.floor(random() * length);
      for (let step = 0; step < blockLength && drawn < length; step++, drawn++) {
        const unit = units[at]!;
        for (let column = 0; column < sums.length; column++) sums[column]! += unit[column]!;
        at = at + 1 === ends[at] ? begins[at]! : at + 1;
      }
    }
    return estimate(sums);
  });
}

/** Numbers that come again with the same seed: mulberry32, a permutation of a 32-bit counter. Not for cryptography. */
export function seededSource(seed: number): RandomSource {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
