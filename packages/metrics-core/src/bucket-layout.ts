/**
 * The log-linear buckets of histograms and timers: 64 linear sub-buckets per power of two, for either sign.
 *
 * A bucket's number is the top 18 bits of the double (sign, 11 bits of exponent, 6 of mantissa), so finding it takes a
 * shift and no logarithm. A bucket [m, m + m/64) answers with its middle, which is at most 1/128 = 0.78 % from any value
 * in it. Values nearer to zero than 2^-30 (9.3e-10) count as zero; values beyond 2^40 (1.1e12) go to the last bucket,
 * whose answer is bounded by the exact maximum.
 *
 * Bucket numbers in data are compact: 0 is zero, 1 ... 4480 the positive buckets in rising order (70 octaves x 64),
 * and negative numbers the mirrored buckets of negative values. So sorting by number sorts by value.
 */
export const LAYOUT_ID = "ll6:-30:40";

export const SUB_BUCKET_BITS = 6;
export const MIN_EXPONENT = -30;
export const MAX_EXPONENT = 40;
/** Octaves of one sign. */
export const OCTAVES: number = MAX_EXPONENT - MIN_EXPONENT;
/** Largest bucket number; the smallest is its negative. */
export const MAX_BUCKET: number = OCTAVES << SUB_BUCKET_BITS;

const scratch = new Float64Array(1);
const words = new Uint32Array(scratch.buffer);
/** Position of the high word: the machine's byte order decides. */
export const HIGH_WORD: 0 | 1 = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1 ? 1 : 0;

/** Number of the bucket that holds a finite value. */
export function bucketOf(value: number): number {
  // Not by comparing with 0: the sign of -0 must go too.
  scratch[0] = Math.abs(value);
  const high = words[HIGH_WORD]!;
  const octave = (high >>> 20) - 1023 - MIN_EXPONENT;
  if (octave < 0) return 0;
  const bucket = octave >= OCTAVES ? MAX_BUCKET : (octave << SUB_BUCKET_BITS) + ((high >>> 14) & 63) + 1;
  return value < 0 ? -bucket : bucket;
}

/** The value a bucket answers with: its middle, within 0.78 % of every value in it. */
export function bucketMiddle(bucket: number): number {
  if (bucket === 0) return 0;
  const place = (bucket < 0 ? -bucket : bucket) - 1;
  const middle = 2 ** ((place >> SUB_BUCKET_BITS) + MIN_EXPONENT) * (1 + ((place & 63) + 0.5) / 64);
  return bucket < 0 ? -middle : middle;
}

/** The value at which a bucket begins: the end that is nearer to zero. 0 for bucket 0. */
export function bucketStart(bucket: number): number {
  if (bucket === 0) return 0;
  const place = (bucket < 0 ? -bucket : bucket) - 1;
  const start = 2 ** ((place >> SUB_BUCKET_BITS) + MIN_EXPONENT) * (1 + (place & 63) / 64);
  return bucket < 0 ? -start : start;
}
