/** Steps of about a quarter, as people write sizes. */
const STEPS = [1, 1.2, 1.6, 2, 2.5, 3, 4, 5, 6, 8] as const;
/** The largest limit that the configuration takes, in MB. */
const LARGEST_MB = 1_048_576;

/** Round sizes in MB, rising, from 1 to the first that is at least `upToMb`. */
export function roundSizes(upToMb: number): readonly number[] {
  const sizes: number[] = [];
  for (let power = 1; power <= LARGEST_MB; power *= 10) {
    for (const step of STEPS) {
      const size = Math.min(LARGEST_MB, Math.ceil(step * power));
      if (size !== sizes.at(-1)) sizes.push(size);
      if (size >= upToMb || size === LARGEST_MB) return sizes;
    }
  }
  return sizes;
}

/**
 * The smallest of `sizes` (rising) beyond which none earns `gain` more hit rate per doubling. It looks at all larger sizes
 * and not only at the next one, as a hit rate may stand still up to the size at which a whole pass over the files fits.
 * `undefined` for no sizes.
 *
 * Rates 0.2, 0.2, 0.2, 0.6 at 1, 2, 4, 8 MB and a gain of 0.02: 8 MB, which earns 0.13 a doubling from 1 MB on.
 */
export function sufficientSize(
  sizes: readonly number[],
  rateAt: (size: number) => number,
  gain: number,
): number | undefined {
  const rates = sizes.map(rateAt);
  const at = sizes.findIndex((size, index) =>
    sizes.slice(index + 1).every((larger, beyond) => {
      const earned = rates[index + 1 + beyond]! - rates[index]!;
      return earned < gain * Math.log2(larger / size);
    }),
  );
  return sizes[at];
}
