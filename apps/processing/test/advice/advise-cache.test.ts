import { MergedSketch } from "@giflab/metrics-core";
import { describe, expect, test } from "vitest";
import { adviseCache, type CacheLoad, LEAST_LOOK_UPS } from "../../src/advice/advise-cache.ts";
import { adviseCaches, cacheBudgetMb } from "../../src/advice/advise-caches.ts";

/** Look-ups with these distances in MB, by how many, and first uses. */
function load(
  distances: Readonly<Record<number, number>>,
  firstUses: number,
  more: Partial<CacheLoad> = {},
): CacheLoad {
  const distancesMb = new MergedSketch();
  for (const [distance, count] of Object.entries(distances)) {
    for (let i = 0; i < count; i++) distancesMb.record(Number(distance));
  }
  return {
    enabled: true,
    limitMb: 500,
    policy: "lru",
    memoryHitRate: undefined,
    diskHitRate: undefined,
    peakUsageMb: undefined,
    recordedLimitMb: undefined,
    refusals: 0,
    reuse: { lookUps: distancesMb.count + firstUses, distancesMb, firstUses },
    ...more,
  };
}

const ROOM = Number.POSITIVE_INFINITY;

describe("advice for a cache", () => {
  test("is to grow to where the look-ups are answered, with the rates at half, once and twice the size", () => {
    const advice = adviseCache(load({ 40: 200, 240: 200, 700: 300, 1500: 200 }, 100), ROOM);
    expect(advice).toMatchObject({ verdict: "grow", currentMb: 500, recommendedMb: 1600, lookUps: 1000 });
    expect(advice.predicted).toMatchObject({
      half: { sizeMb: 250, hitRate: 0.4 },
      current: { sizeMb: 500, hitRate: 0.4 },
      double: { sizeMb: 1000, hitRate: 0.7 },
      recommended: { sizeMb: 1600, hitRate: 0.9 },
      unlimitedHitRate: 0.9,
    });
    expect(advice.reasons.join("\n")).toContain("1,600 MB would answer 90 % instead of 40 %");
  });

  test("is to keep a size that others do not beat, and to give up one that is far too large", () => {
    expect(adviseCache(load({ 400: 900 }, 100), ROOM)).toMatchObject({ verdict: "keep", recommendedMb: 500 });
    expect(adviseCache(load({ 30: 900 }, 100), ROOM)).toMatchObject({ verdict: "shrink", recommendedMb: 30 });
    // Two look-ups of a thousand beyond the limit are no reason to buy memory.
    expect(adviseCache(load({ 400: 900, 3000: 2 }, 98), ROOM)).toMatchObject({ verdict: "keep" });
  });

  test("is not to lower a limit that entries do not reach: that would free nothing", () => {
    const advice = adviseCache(load({ 30: 900 }, 100, { peakUsageMb: 45 }), ROOM);
    expect(advice).toMatchObject({ verdict: "keep", recommendedMb: 500 });
    expect(advice.reasons[0]).toContain("entries took 45 MB at most");
    expect(adviseCache(load({ 30: 900 }, 100, { peakUsageMb: 65 }), ROOM).verdict).toBe("shrink");
  });

  test("is to switch memory off when hardly anything is used twice", () => {
    const advice = adviseCache(load({ 10: 40 }, 960, { diskHitRate: 0.9 }), ROOM);
    expect(advice).toMatchObject({ verdict: "useless", recommendedMb: 0, predicted: { recommended: { hitRate: 0 } } });
    expect(advice.reasons[0]).toMatch(/only 4 % of the look-ups .* the disk answered 90 %/);
    expect(adviseCache(load({ 10: 40 }, 960, { limitMb: 0 }), ROOM).verdict).toBe("keep");
  });

  test("is none below the look-ups that a prediction needs, and says how many there are", () => {
    const advice = adviseCache(load({ 10: LEAST_LOOK_UPS - 2 }, 1), ROOM);
    expect(advice).toMatchObject({ verdict: "too_few", recommendedMb: null, predicted: null });
    expect(advice.reasons[0]).toContain("399 look-ups are too few: it takes 400");
    expect(adviseCache(load({ 10: LEAST_LOOK_UPS - 1 }, 1), ROOM).verdict).not.toBe("too_few");
    expect(adviseCache(load({}, 0), ROOM)).toMatchObject({ verdict: "unrecorded" });
    expect(adviseCache(load({}, 0, { enabled: false }), ROOM).reasons[0]).toContain("switched off");
  });

  test("tells look-ups without distances from too few look-ups", () => {
    const { reuse, ...rest } = load({}, 0);
    const advice = adviseCache({ ...rest, reuse: { ...reuse, lookUps: 5000 } }, ROOM);
    expect(advice.verdict).toBe("too_few");
    expect(advice.reasons[0]).toContain("only 0 of 5,000 look-ups were recorded with reuse distances");
  });

  test("takes look-ups without distances for unknown, not for hits", () => {
    const { reuse, ...rest } = load({ 100: 300, 800: 300 }, 400);
    const advice = adviseCache({ ...rest, reuse: { ...reuse, lookUps: 10_000 } }, ROOM);
    expect(advice.predicted).toMatchObject({ current: { hitRate: 0.3 }, unlimitedHitRate: 0.6 });
    expect(advice.reasons.join()).toContain("only 1,000 of 10,000 look-ups were recorded with reuse distances");
    // In a sample without the key that is used most, what is missing are hits.
    const sampled = adviseCache({ ...rest, reuse: { ...reuse, lookUps: 1250 } }, ROOM);
    expect(sampled.predicted?.current.hitRate).toBeCloseTo(0.44, 9);
  });

  test("stays within the memory there is, and says what more would bring", () => {
    const advice = adviseCache(load({ 40: 200, 240: 200, 700: 300, 1500: 200 }, 100), 1000);
    expect(advice).toMatchObject({ verdict: "grow", recommendedMb: 800, memoryBound: true });
    expect(advice.reasons.join("\n")).toContain(
      "1,600 MB would answer 90 %, but the memory of this machine leaves 1,000 MB",
    );
    // Even a limit that is not worth lowering for the look-ups has to fit.
    expect(adviseCache(load({ 450: 1000 }, 0), 300)).toMatchObject({ verdict: "shrink", memoryBound: true });
  });

  test("mentions entries that were refused, another limit at the time, and a hit rate that room does not explain", () => {
    const { reasons } = adviseCache(
      load({ 100: 900 }, 100, { refusals: 7, memoryHitRate: 0.3, recordedLimitMb: 250 }),
      ROOM,
    );
    const text = reasons.join("\n");
    expect(text).toContain("7 entries were not kept: each alone was larger than the whole cache");
    expect(text).toContain("recorded under a limit of 250 MB, the configuration now says 500 MB");
    expect(text).toContain("memory answered 30 %, where 90 % are predicted for its limit: processes had other limits");
    expect(adviseCache(load({ 100: 900 }, 100, { memoryHitRate: 0.85 }), ROOM).reasons).toHaveLength(1);
  });

  test("names its estimate", () => {
    expect(adviseCache(load({ 1: 500 }, 1), ROOM).estimate).toMatch(/Mattson.*SHARDS.*what lru would keep$/);
    expect(adviseCache(load({ 1: 500 }, 1, { policy: "slru" }), ROOM).estimate).toContain("an estimate for slru");
  });
});

describe("advice for all caches", () => {
  const large = load({ 900: 900 }, 100);

  test("leaves half of the memory to the work, divided by the processes", () => {
    expect(cacheBudgetMb({ memoryMb: 4000, source: "machine", processes: 1 })).toBe(2000);
    expect(cacheBudgetMb({ memoryMb: 4000, source: "machine", processes: 4 })).toBe(500);
  });

  test("gives each its share in proportion when not all wishes fit", () => {
    const loads = { frame: large, validation: load({ 90: 900 }, 100, { limitMb: 100 }) };
    const enough = adviseCaches(loads, { memoryMb: 4000, source: "machine", processes: 1 });
    expect([enough.frame.recommendedMb, enough.validation.recommendedMb]).toEqual([1000, 100]);
    const tight = adviseCaches(loads, { memoryMb: 1000, source: "container", processes: 1 });
    expect(tight.frame.memoryBound).toBe(true);
    const total = tight.frame.recommendedMb! + tight.validation.recommendedMb!;
    expect(total).toBeLessThanOrEqual(500);
  });

  test("does not count a cache that is switched off", () => {
    const loads = { frame: large, resize: load({}, 0, { enabled: false, limitMb: 5000 }) };
    expect(adviseCaches(loads, { memoryMb: 2100, source: "machine", processes: 1 }).frame.recommendedMb).toBe(1000);
  });
});
