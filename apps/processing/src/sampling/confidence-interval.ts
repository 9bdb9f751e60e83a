import { studentT } from "./student-t.ts";

/** Where the mean of all frames is believed to be. */
export interface ConfidenceInterval {
  readonly lower: number;
  readonly upper: number;
}

/** Mean of values that stand for several frames each: the mean of all frames, as far as the values tell. */
export function weightedMean(values: readonly number[], weights: readonly number[]): number {
  let sum = 0;
  let frames = 0;
  for (const [at, value] of values.entries()) {
    sum += weights[at]! * value;
    frames += weights[at]!;
  }
  return sum / frames;
}

/**
 * The weighted mean +- t s sqrt(sum of w (w - 1)) / (sum of w), where w is how many frames a value stands for, and s the
 * standard deviation (n - 1) of the n values that stand for more than their own frame; t is Student's with n - 1 degrees of
 * freedom. With equal weights this is mean +- t s / sqrt(n) with the correction for a finite population, sqrt(1 - n / N):
 * frames that were looked at are no longer in doubt. So a value of weight 1 widens nothing.
 *
 * `undefined` when there are values that stand for others, but fewer than two.
 *
 * Four values 1, 2, 3, 4 of 20 frames at 0.95: mean 2.5, s 1.291, t 3.182, so 2.5 +- 3.182 x 1.291 / 2 x sqrt(0.8) = 1.837.
 *
 * @param weights how many frames each value stands for, at least 1 each
 * @param level above 0 and below 1
 */
export function meanConfidenceInterval(
  values: readonly number[],
  weights: readonly number[],
  level: number,
): ConfidenceInterval | undefined {
  if (values.length === 0) return undefined;
  const mean = weightedMean(values, weights);
  const doubtful = [...weights.keys()].filter((at) => weights[at]! > 1);
  if (doubtful.length === 0) return { lower: mean, upper: mean };
  if (doubtful.length === 1) return undefined;
  const [of, by] = [doubtful.map((at) => values[at]!), doubtful.map((at) => weights[at]!)];
  const center = weightedMean(of, by);
  const count = doubtful.length;
  const variance =
    (weightedMean(
      of.map((value) => (value - center) ** 2),
      by,
    ) *
      count) /
    (count - 1);
  const spread = Math.sqrt(variance * by.reduce((sum, weight) => sum + weight * (weight - 1), 0));
  const half = (studentT(level, count - 1) * spread) / weights.reduce((sum, weight) => sum + weight, 0);
  return { lower: mean - half, upper: mean + half };
}
