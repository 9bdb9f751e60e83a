import { quantile } from "../interleaved-run.ts";

const RESAMPLES = 10_000;

/** An estimate with the interval that holds the true value in 95 % of cases. */
export interface Estimate {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

/**
 * Mean of values with a 95 % percentile bootstrap interval (Efron 1979): the mean of as many values drawn with replacement,
 * 10,000 times. Asks nothing of the distribution but that the values are independent. `random` gives 0 to below 1.
 */
export function bootstrapMean(values: readonly number[], random: () => number): Estimate {
  const n = values.length;
  const means = Array.from({ length: RESAMPLES }, () => {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += values[Math.floor(random() * n)]!;
    return sum / n;
  });
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  return { mean, low: quantile(means, 0.025), high: quantile(means, 0.975) };
}
