/**
 * The two-sided p-value of the Mann-Whitney U test: how likely values from one and the same distribution would be as far apart
 * in their ranks. 0 to 1; `undefined` with fewer than 4 values on a side, or when all values are equal.
 *
 * By the normal approximation with correction for ties and continuity (Mann and Whitney 1947; Lehmann, Nonparametrics, 1975).
 * @param inflation by how much dependence within the samples makes the variance larger than the test takes it to be
 */
export function mannWhitney(a: readonly number[], b: readonly number[], inflation = 1): number | undefined {
  const [n, m] = [a.length, b.length];
  if (n < 4 || m < 4) return undefined;
  const all = [...a.map((value) => ({ value, first: true })), ...b.map((value) => ({ value, first: false }))];
  all.sort((x, y) => x.value - y.value);
  let [rankSum, ties] = [0, 0];
  for (let begin = 0; begin < all.length; ) {
    let end = begin;
    while (end < all.length && all[end]!.value === all[begin]!.value) end++;
    const alike = end - begin;
    const rank = (begin + 1 + end) / 2;
    for (let at = begin; at < end; at++) if (all[at]!.first) rankSum += rank;
    ties += alike ** 3 - alike;
    begin = end;
  }
  const total = n + m;
  const variance = ((n * m) / 12) * (total + 1 - ties / (total * (total - 1))) * inflation;
  if (!(variance > 0)) return undefined;
  const distance = Math.max(0, Math.abs(rankSum - (n * (n + 1)) / 2 - (n * m) / 2) - 0.5);
  return Math.min(1, complementaryError(distance / Math.sqrt(2 * variance)));
}

/** erfc for arguments from 0, with a relative error below 1.2e-7 (Numerical Recipes in C, 2nd edition, section 6.2). */
function complementaryError(x: number): number {
  const t = 1 / (1 + x / 2);
  const coefficients = [
    -1.26551223, 1.00002368, 0.37409196, 0.09678418, -0.18628806, 0.27886807, -1.13520398, 1.48851587, -0.82215223,
    0.17087277,
  ];
  const polynomial = coefficients.reduceRight((sum, coefficient) => sum * t + coefficient, 0);
  return t * Math.exp(-x * x + polynomial);
}
