import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bucketOf, LAYOUT_ID, MergedSketch, SeriesAggregation, SummaryAggregation } from "../src/index.ts";

const QUANTILES = [0, 0.01, 0.25, 0.5, 0.9, 0.95, 0.99, 0.999, 1];

/** A reproducible stream of numbers from 0 (exclusive) to 1. */
function randomFrom(seed: number): () => number {
  let state = (seed % 2_147_483_646) + 1;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}
const normal = (random: () => number): number => Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random());

const shapes: Record<string, (random: () => number) => number> = {
  uniform: (random) => random() * 100,
  "log-normal": (random) => Math.exp(normal(random)),
  bimodal: (random) => (random() < 0.7 ? 0.001 + random() * 1e-4 : 2 + random()),
  Pareto: (random) => random() ** (-1 / 1.5),
  constant: () => 0.123,
  "both signs": (random) => normal(random) * 10,
};

describe("quantiles of merged sketches", () => {
  it.each(Object.keys(shapes))(
    "of %s data stay within 1 %% of the nearest rank, however the data was split",
    (shape) => {
      fc.assert(
        fc.property(
          fc.nat(),
          fc.integer({ min: 1, max: 2000 }),
          fc.integer({ min: 1, max: 9 }),
          (seed, count, parts) => {
            const random = randomFrom(seed);
            const values = Array.from({ length: count }, () => shapes[shape]!(random));
            const split = Array.from({ length: parts }, () => new MergedSketch());
            for (const value of values) split[Math.floor(random() * parts)]!.record(value);
            const merged = new MergedSketch();
            for (const part of split) merged.add(part.toData());
            const sorted = Float64Array.from(values).sort();
            for (const q of QUANTILES) {
              const exact = sorted[Math.max(1, Math.ceil(q * count)) - 1]!;
              expect(Math.abs(merged.quantile(q)! - exact)).toBeLessThanOrEqual(Math.abs(exact) * 0.01 + 1e-9);
            }
            expect([merged.count, merged.min, merged.max]).toEqual([count, sorted[0], sorted[count - 1]]);
          },
        ),
        { numRuns: 40 },
      );
    },
  );

  it("do not depend on the order of merging", () => {
    fc.assert(
      fc.property(fc.array(fc.array(fc.integer({ min: -1000, max: 1000 })), { maxLength: 6 }), (parts) => {
        const merge = (order: readonly (readonly number[])[]): unknown => {
          const merged = new MergedSketch();
          for (const part of order) {
            const sketch = new MergedSketch();
            for (const value of part) sketch.record(value);
            merged.add(sketch.toData());
          }
          return { ...merged.toData(), last: 0 };
        };
        expect(merge([...parts].reverse())).toEqual(merge(parts));
      }),
    );
  });

  it("of nothing are unknown", () => {
    expect(new MergedSketch().quantile(0.5)).toBeUndefined();
  });

  it.each(Object.keys(shapes))("of %s data are undone by the share of values that are at most a value", (shape) => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1, max: 1000 }), (seed, count) => {
        const random = randomFrom(seed);
        const values = Array.from({ length: count }, () => shapes[shape]!(random));
        const sketch = new MergedSketch();
        for (const value of values) sketch.record(value);
        const exact = (limit: number): number => values.filter((value) => value <= limit).length / count;
        let before = 0;
        for (const limit of Float64Array.from([...values, 0, -1e9, 1e9, random()]).sort()) {
          const share = sketch.shareAtMost(limit)!;
          // What shares a bucket with the limit is within 1/64 of it.
          const slack = Math.abs(limit) / 64 + 2e-9;
          expect(share).toBeGreaterThanOrEqual(exact(limit - slack) - 1e-9);
          expect(share).toBeLessThanOrEqual(exact(limit + slack) + 1e-9);
          expect(share).toBeGreaterThanOrEqual(before);
          before = share;
        }
        expect([sketch.shareAtMost(Math.min(...values) - 1), sketch.shareAtMost(sketch.max)]).toEqual([0, 1]);
      }),
      { numRuns: 30 },
    );
  });

  it("spread evenly within a bucket: a share between two values is between theirs", () => {
    const sketch = new MergedSketch();
    for (let ms = 1; ms <= 1000; ms++) sketch.record(ms / 1000);
    for (const share of [0.1, 0.25, 0.5, 0.9]) expect(Math.abs(sketch.shareAtMost(share)! - share)).toBeLessThan(0.002);
    expect([new MergedSketch().shareAtMost(1), sketch.shareAtMost(Number.NaN)]).toEqual([undefined, undefined]);
  });

  it("refuse a layout they do not know rather than add its numbers", () => {
    const foreign = { ...new MergedSketch().toData(), layout: "other", count: 1, indexes: [1], counts: [1] };
    expect(() => new MergedSketch().add(foreign)).toThrow(expect.objectContaining({ code: "INVALID_QUERY" }));
  });
});

describe("a sketch of which only wide buckets were known", () => {
  const estimated = { layout: LAYOUT_ID, count: 3, sum: 0.024, min: 0.005, max: 0.01, last: 0.008, estimated: true };
  const buckets = { indexes: [bucketOf(0.006), bucketOf(0.0075), bucketOf(0.009)], counts: [1, 1, 1] };

  it("answers the outermost quantiles from its buckets, as its ends are bounds that nobody recorded", () => {
    const sketch = new MergedSketch();
    sketch.add({ ...estimated, ...buckets });
    expect(sketch.quantile(1)).toBeCloseTo(0.009, 4);
    expect(sketch.quantile(0)).toBeCloseTo(0.006, 4);
    expect(sketch.toData().estimated).toBe(true);
  });

  it("makes what it is merged into an estimate too", () => {
    const sketch = new MergedSketch();
    sketch.record(1);
    expect(sketch.toData()).not.toHaveProperty("estimated");
    sketch.add({ ...estimated, ...buckets });
    sketch.record(2);
    expect(sketch.estimated).toBe(true);
    expect(sketch.count).toBe(5);
  });

  it("gives summaries and series without the ends that are unknown, and with the exact count, sum and mean", async () => {
    const aggregation = new SummaryAggregation({ from: 0, to: 10 }, []);
    const steps = new SeriesAggregation({ from: 0, to: 10, stepSeconds: 10, statistic: "max" }, []);
    for (const into of [aggregation, steps]) {
      const state = { identity: testIdentity, flushIntervalSeconds: 10, lastEnd: 10, closedAt: undefined };
      const instance = into.instance(state);
      into.cover(instance, 0, 10);
      into.sketch(into.series("load", {}, { kind: "timer" }), instance, 10, { ...estimated, ...buckets, sum: 0.06 });
    }
    // One of them was beyond the last bucket's bound, which is all that is known of it.
    expect(aggregation.finish()[0]).toMatchObject({ count: 3, sum: 0.06, mean: 0.02 });
    expect(aggregation.finish()[0]).toMatchObject({ min: undefined, max: undefined, last: undefined });
    expect(steps.finish()[0]!.points).toEqual([[10, null]]);
  });
});

const testIdentity = { service: "s", version: "", host: "h", pid: 1, thread: 0, startTime: 0, writerId: "w" };
