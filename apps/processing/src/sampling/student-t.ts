/** Probability that a t-distributed value lies within +-sqrt(freedom) tan(angle): Abramowitz & Stegun 26.7.3 and 26.7.4. */
function probabilityWithin(angle: number, freedom: number): number {
  const sine = Math.sin(angle);
  const cosine = Math.cos(angle);
  const odd = freedom % 2 === 1;
  let term = odd ? cosine : 1;
  let sum = freedom === 1 ? 0 : term;
  for (let power = odd ? 3 : 2; power <= freedom - 2; power += 2) {
    term *= ((power - 1) / power) * cosine * cosine;
    sum += term;
  }
  return odd ? (2 / Math.PI) * (angle + sine * sum) : sine * sum;
}

/**
 * How many standard errors to either side of a mean of few values hold the true mean with this probability: the two-sided
 * quantile of Student's t. Found by bisection, to about 12 digits; time grows with `freedom`.
 *
 * For 0.95: 12.706 with 1 degree of freedom, 2.262 with 9, 1.984 with 99, and 1.960 in the end.
 *
 * @param level above 0 and below 1
 * @param freedom degrees of freedom: values less one, a whole number from 1
 */
export function studentT(level: number, freedom: number): number {
  let low = 0;
  let high = Math.PI / 2;
  for (let halving = 0; halving < 52; halving++) {
    const middle = (low + high) / 2;
    if (probabilityWithin(middle, freedom) < level) low = middle;
    else high = middle;
  }
  return Math.sqrt(freedom) * Math.tan((low + high) / 2);
}
