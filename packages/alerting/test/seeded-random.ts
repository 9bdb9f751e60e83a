/** A stream of numbers in [0, 1) that a seed repeats: mulberry32. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A fresh seed, or the one of `GIFLAB_TEST_SEED`: printed, so that a failure can be repeated. */
export function testSeed(what: string): number {
  const seed = Number(process.env["GIFLAB_TEST_SEED"] ?? Math.floor(Math.random() * 2 ** 31));
  console.log(`${what}: GIFLAB_TEST_SEED=${seed}`);
  return seed;
}
