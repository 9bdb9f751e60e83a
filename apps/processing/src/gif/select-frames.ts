/**
 * Indices of `wanted` frames spread evenly over `total`, first and last included, ascending and without duplicates.
 * Positions are truncated to integers, as numpy's `linspace(0, total - 1, wanted)` cast to int: 3 of 6 are 0, 2, 5.
 * All indices when `wanted >= total`; only the first when `wanted` is 1.
 */
export function selectFrames(total: number, wanted: number): number[] {
  if (wanted >= total) return Array.from({ length: total }, (_, index) => index);
  if (wanted <= 1) return total > 0 ? [0] : [];
  const step = (total - 1) / (wanted - 1);
  return Array.from({ length: wanted }, (_, index) => (index === wanted - 1 ? total - 1 : Math.trunc(index * step)));
}
