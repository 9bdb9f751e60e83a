/** Where the mean of all frames is believed to be. */
export interface ConfidenceInterval {
  readonly lower: number;
  readonly upper: number;
}

const Z: Readonly<Record<string, number>> = { "0.9": 1.645, "0.95": 1.96, "0.99": 2.576 };

/**
 * Mean +- z s / sqrt(n) with the sample's standard deviation (n - 1); z is 1.645, 1.96, 2.576 for 0.9, 0.95, 0.99 (1.96
 * for other levels). `undefined` for fewer than two values.
 *
 * Four values 1, 2, 3, 4 at 0.95: mean 2.5, s 1.291, so 2.5 +- 1.265.
 */
export function meanConfidenceInterval(values: readonly number[], level: number): ConfidenceInterval | undefined {
  const count = values.length;
  if (count < 2) return undefined;
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const half = (Z[String(level)] ?? 1.96) * Math.sqrt(squares / (count - 1) / count);
  return { lower: mean - half, upper: mean + half };
}
