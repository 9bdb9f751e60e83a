import { MergedSketch } from "@giflab/metrics-core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { spreadBuckets } from "../../src/store/spread-buckets.ts";

const merged = (counts: Parameters<typeof spreadBuckets>[0]): MergedSketch => {
  const sketch = new MergedSketch();
  sketch.add(spreadBuckets(counts));
  return sketch;
};

describe("the sketch of a classic histogram", () => {
  it("has its values evenly in their buckets", () => {
    const sketch = merged({ bounds: [0.005, 0.01, Number.POSITIVE_INFINITY], counts: [0, 4, 0], sum: 0.03 });
    expect(sketch).toMatchObject({ count: 4, sum: 0.03, min: 0.005, max: 0.01, estimated: true });
    for (const [quantile, value] of [0.005625, 0.006875, 0.008125, 0.009375].entries()) {
      expect(sketch.quantile((quantile + 1) / 4)! / value).toBeCloseTo(1, 1);
    }
  });

  it("takes what is above the last bound to be that bound, and keeps the mean", () => {
    const sketch = merged({ bounds: [1, Number.POSITIVE_INFINITY], counts: [0, 3], sum: 300 });
    expect(sketch.quantile(0.5)).toBe(1);
    expect(sketch.sum / sketch.count).toBe(100);
  });

  it("of a histogram without finite bounds is all at its mean", () => {
    expect(merged({ bounds: [Number.POSITIVE_INFINITY], counts: [4], sum: 8 }).quantile(0.5)).toBeCloseTo(2, 1);
  });

  it("takes buckets of negative values, and what is below the first of them at its bound", () => {
    const sketch = merged({ bounds: [-4, -1, 0, 2], counts: [1, 2, 0, 1], sum: -6 });
    expect(sketch.quantile(0)).toBeCloseTo(-4, 1);
    expect(sketch.quantile(0.5)).toBeGreaterThan(-4);
    expect(sketch.quantile(0.5)).toBeLessThan(-1);
    expect(sketch.quantile(1)).toBeCloseTo(1, 1);
  });

  it("loses and adds no value, and answers each quantile from the bucket that holds it", () => {
    const bounds = fc.uniqueArray(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(
        bounds,
        fc.array(fc.integer({ min: 0, max: 5000 }), { minLength: 12, maxLength: 12 }),
        (edges, numbers) => {
          const rising = edges.toSorted((a, b) => a - b);
          const counts = rising.map((_, i) => numbers[i]!);
          const { indexes, counts: spread, count } = spreadBuckets({ bounds: rising, counts, sum: 0 });
          const total = counts.reduce((all, one) => all + one, 0);
          expect(count).toBe(total);
          expect(Array.from(spread).reduce((all, one) => all + one, 0)).toBe(total);
          expect(Array.from(indexes)).toEqual(Array.from(indexes).toSorted((a, b) => a - b));
          const sketch = merged({ bounds: rising, counts, sum: 0 });
          let seen = 0;
          for (const [i, own] of counts.entries()) {
            if (own === 0) continue;
            const [low, high] = [i === 0 ? Math.min(0, rising[0]!) : rising[i - 1]!, rising[i]!];
            const value = sketch.quantile((seen + own / 2) / total)!;
            expect(value).toBeGreaterThanOrEqual(low - Math.abs(low) / 64 - 1e-9);
            expect(value).toBeLessThanOrEqual(high + Math.abs(high) / 64 + 1e-9);
            seen += own;
          }
        },
      ),
    );
  });
});
