import { ManualClock } from "@giflab/metrics-core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MemoryTier } from "../../src/caching/memory-tier.ts";
import { predictedHitRate } from "../../src/caching/predicted-hit-rate.ts";
import { ReuseDistance } from "../../src/caching/reuse-distance.ts";
import { SeededRandom } from "./seeded-random.ts";

const long = process.env["GIFLAB_TEST_LONG"] === "1";
const seed = Date.now() % 1_000_000;

type Trace = readonly { readonly key: string; readonly bytes: number }[];

/** Share of look-ups that a cache of this size answered. */
function replayed(trace: Trace, limitBytes: number): number {
  const tier = new MemoryTier<true>({ limitBytes, ttlSeconds: 1e9, policy: "lru", clock: new ManualClock() });
  let hits = 0;
  for (const { key, bytes } of trace) {
    if (tier.get(key) === undefined) tier.set(key, true, bytes);
    else hits++;
  }
  return hits / trace.length;
}

/** The same from one pass over the trace, for each of the sizes. */
function predicted(trace: Trace, limits: readonly number[], reuse: ReuseDistance = withKeys(4096)): readonly number[] {
  let firstUses = 0;
  const reuses: { distance: number; weight: number }[] = [];
  for (const { key, bytes } of trace) {
    const distance = reuse.lookUp(key);
    const { weight } = reuse;
    reuse.weigh(key, bytes);
    if (distance === Number.POSITIVE_INFINITY) firstUses += weight;
    else if (distance !== undefined) reuses.push({ distance, weight });
  }
  const within = (limit: number): number =>
    reuses.reduce((sum, { distance, weight }) => (distance <= limit ? sum + weight : sum), 0);
  const reused = within(Number.POSITIVE_INFINITY);
  return limits.map(
    (limit) => predictedHitRate({ lookUps: trace.length, reuses: reused, reusesWithin: within(limit), firstUses })!,
  );
}

function withKeys(maxKeys: number): ReuseDistance {
  return new ReuseDistance({ horizonBytes: 2 ** 40, maxKeys });
}

/** Look-ups of `keys` keys, the k-th in proportion to k^-skew. */
function zipfTrace(options: { keys: number; skew: number; lookUps: number; bytes: (key: number) => number }): Trace {
  const random = new SeededRandom(seed);
  const sums: number[] = [];
  let sum = 0;
  for (let key = 1; key <= options.keys; key++) sums.push((sum += key ** -options.skew));
  return Array.from({ length: options.lookUps }, () => {
    const at = (random.below(2 ** 30) / 2 ** 30) * sum;
    let low = 0;
    let high = options.keys - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sums[middle]! > at) high = middle;
      else low = middle + 1;
    }
    return { key: `entry ${low} of seed ${seed}`, bytes: options.bytes(low) };
  });
}

describe("ReuseDistance", () => {
  test("counts the bytes of distinct entries since the last use, the entry itself included", () => {
    const reuse = withKeys(100);
    const sizes = { a: 10, b: 20, c: 5 };
    const use = (key: keyof typeof sizes): number | undefined => {
      const distance = reuse.lookUp(key);
      reuse.weigh(key, sizes[key]);
      return distance;
    };
    expect([use("a"), use("b"), use("b"), use("b"), use("a")]).toEqual([Infinity, Infinity, 20, 20, 30]);
    expect([use("c"), use("a"), use("b")]).toEqual([Infinity, 15, 35]);
  });

  test("takes what was looked up and never kept for new", () => {
    const reuse = withKeys(100);
    expect([reuse.lookUp("a"), reuse.lookUp("a")]).toEqual([Infinity, Infinity]);
    reuse.weigh("a", 7);
    expect(reuse.lookUp("a")).toBe(7);
  });

  test("does not know what was forgotten, and counts its bytes no longer", () => {
    const reuse = withKeys(100);
    for (const key of ["a", "b", "c"]) {
      reuse.lookUp(key);
      reuse.weigh(key, 10);
    }
    reuse.forget("b");
    expect(reuse.lookUp("a")).toBe(20);
    expect(reuse.lookUp("b")).toBe(Infinity);
    reuse.clear();
    expect(reuse.lookUp("a")).toBe(Infinity);
  });

  test("forgets what was used longest ago when that is beyond the horizon, and is exact about the others", () => {
    const reuse = new ReuseDistance({ horizonBytes: 100, maxKeys: 16 });
    const use = (key: number): number | undefined => {
      const distance = reuse.lookUp(`${key}`);
      reuse.weigh(`${key}`, 10);
      return distance;
    };
    // Far more uses than one round of renumbering.
    for (let at = 0; at < 10_000; at++) expect(use(at % 17)).toBe(Infinity);
    for (let at = 0; at < 10_000; at++) {
      const distance = use(at % 16);
      if (at >= 16) expect(distance).toBe(160);
    }
    expect(reuse.weight).toBe(1);
  });

  test("follows fewer keys, each for several, when there are too many within the horizon", () => {
    const reuse = withKeys(64);
    let followed = 0;
    let told = 0;
    const rounds = 20;
    for (let at = 0; at < rounds * 1000; at++) {
      const distance = reuse.lookUp(`key ${at % 1000}`);
      reuse.weigh(`key ${at % 1000}`, 10);
      if (distance === undefined || at < 10_000) continue;
      followed++;
      told += distance;
    }
    expect(reuse.weight).toBeGreaterThanOrEqual(1000 / 64);
    // All distances are 10,000; a sample of 32 to 64 of the 1000 keys finds that within a third, every time the same.
    expect(told / followed).toBeGreaterThan(6500);
    expect(told / followed).toBeLessThan(15_000);
  });

  test("predicts the hit rate of an LRU cache of any size exactly when entries are of one size", () => {
    const keys = fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 400 });
    fc.assert(
      fc.property(keys, fc.integer({ min: 1, max: 45 }), (used, entries) => {
        const trace = used.map((key) => ({ key: `${key}`, bytes: 100 }));
        expect(predicted(trace, [100 * entries])).toEqual([replayed(trace, 100 * entries)]);
      }),
      { numRuns: long ? 3000 : 200 },
    );
  });

  test("predicts it within 2 points when entries are of many sizes", () => {
    const trace = zipfTrace({
      keys: 2000,
      skew: 0.8,
      lookUps: long ? 400_000 : 40_000,
      bytes: (key) => 100 + ((key * 7919) % 900),
    });
    const limits = [25_000, 100_000, 300_000, 700_000];
    const exact = limits.map((limit) => replayed(trace, limit));
    for (const [index, rate] of predicted(trace, limits).entries()) {
      expect(Math.abs(rate - exact[index]!), `${limits[index]} bytes, seed ${seed}`).toBeLessThan(0.02);
    }
  });

  test("predicts it within 5 points when only some keys are followed", () => {
    for (const skew of long ? [0.6, 0.8, 1] : [0.8]) {
      const keys = long ? 200_000 : 60_000;
      const trace = zipfTrace({ keys, skew, lookUps: 2 * keys, bytes: () => 250 });
      const limits = [0.02, 0.1, 0.3, 0.7].map((share) => share * keys * 250);
      const exact = limits.map((limit) => replayed(trace, limit));
      const reuse = withKeys(long ? 32_768 : 16_384);
      for (const [index, rate] of predicted(trace, limits, reuse).entries()) {
        expect(Math.abs(rate - exact[index]!), `skew ${skew}, ${limits[index]} bytes, seed ${seed}`).toBeLessThan(0.05);
      }
      expect(reuse.weight).toBeGreaterThan(1);
    }
  });

  test("refuses a horizon or a number of keys that makes no sense", () => {
    expect(() => new ReuseDistance({ horizonBytes: 0 })).toThrow("horizonBytes must be above 0, got 0");
    expect(() => withKeys(15)).toThrow("maxKeys must be a whole number of at least 16, got 15");
  });
});

describe("predictedHitRate", () => {
  test("is undefined without look-ups", () => {
    expect(predictedHitRate({ lookUps: 0, reuses: 0, reusesWithin: 0, firstUses: 0 })).toBeUndefined();
  });

  test("takes look-ups that nothing stands for as hits, as they are of keys used all the time", () => {
    expect(predictedHitRate({ lookUps: 1000, reuses: 720, reusesWithin: 600, firstUses: 200 })).toBeCloseTo(0.68, 12);
    expect(predictedHitRate({ lookUps: 1000, reuses: 1100, reusesWithin: 50, firstUses: 10 })).toBe(0);
  });
});
