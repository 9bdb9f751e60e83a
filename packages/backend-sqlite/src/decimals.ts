/** Digits behind the decimal point, 0 to 9: nanoseconds in seconds have nine. */
export type Decimals = number;
export const MOST_DECIMALS = 9;
/** Powers of ten by number of decimals. */
export const SCALES: readonly number[] = Array.from({ length: MOST_DECIMALS + 1 }, (_, decimals) => 10 ** decimals);
/** Whole numbers of either sign must be smaller than this, so that differences of differences are exact. */
export const LARGEST_INTEGER: number = 2 ** 48;

/**
 * With how many decimals all the numbers are written exactly: each is a whole number below 2^48 divided by a power of ten, to
 * the bit. `undefined` when no number of decimals does.
 */
export function decimalsOf(values: readonly number[]): Decimals | undefined {
  let decimals = 0;
  for (let i = 0; i < values.length; i++) {
    while (!isDecimal(values[i]!, decimals)) if (++decimals > MOST_DECIMALS) return undefined;
  }
  // With more decimals the first ones must still be exact: 0.1 + 0.2 is no 0.300 but 0.3 may be one with 9 places.
  for (let i = 0; decimals > 0 && i < values.length; i++) if (!isDecimal(values[i]!, decimals)) return undefined;
  return decimals;
}

function isDecimal(value: number, decimals: Decimals): boolean {
  const scale = SCALES[decimals]!;
  const whole = Math.round(value * scale);
  return whole < LARGEST_INTEGER && whole > -LARGEST_INTEGER && Object.is((whole + 0) / scale, value);
}
