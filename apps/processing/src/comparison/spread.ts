import { weightedMean } from "../sampling/confidence-interval.ts";

/** How a metric's values are distributed over the compared frames. */
export interface Spread {
  readonly mean: number;
  /** Standard deviation of the population. */
  readonly std: number;
  readonly min: number;
  readonly max: number;
}

/**
 * @param values at least one
 * @param weights how many frames each value stands for in mean and standard deviation; default: as many each
 */
export function spreadOf(values: readonly number[], weights: readonly number[] = values.map(() => 1)): Spread {
  const mean = weightedMean(values, weights);
  const variance = weightedMean(
    values.map((value) => (value - mean) ** 2),
    weights,
  );
  return { mean, std: Math.sqrt(variance), min: Math.min(...values), max: Math.max(...values) };
}

/** A metric at the ends and in the middle of an animation, and how much it varies over these three. */
export interface Positions {
  readonly first: number;
  /** Of an even number, the later of the two in the middle. */
  readonly middle: number;
  readonly last: number;
  /** Variance of the population of all three. */
  readonly variance: number;
}

/** @param values in the order of the frames, at least one */
export function positionsOf(values: readonly number[]): Positions {
  const [first, middle, last] = [values[0]!, values[values.length >> 1]!, values.at(-1)!];
  return { first, middle, last, variance: spreadOf([first, middle, last]).std ** 2 };
}
