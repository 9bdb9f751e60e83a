/**
 * Random numbers that come again with the same seed (mulberry32), for tests that print the seed when they fail.
 * Not for cryptography.
 */
export class SeededRandom {
  readonly seed: number;
  #state: number;

  /** `GIFLAB_TEST_SEED` repeats a run; otherwise the seed is drawn anew. */
  constructor(seed: number = Number(process.env["GIFLAB_TEST_SEED"] ?? Math.floor(Math.random() * 2 ** 32))) {
    this.seed = seed >>> 0;
    this.#state = this.seed;
  }

  /** At least 0, less than 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number from 0 to `below - 1`. */
  integer(below: number): number {
    return Math.floor(this.next() * below);
  }

  /** Log-normal: typical of durations, with a long tail. The median is `median`. */
  duration(median = 0.01, spread = 1): number {
    const normal = Math.sqrt(-2 * Math.log(1 - this.next())) * Math.cos(2 * Math.PI * this.next());
    return median * Math.exp(spread * normal);
  }
}
