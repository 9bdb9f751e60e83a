import { sketchOf } from "@giflab/backend-testkit";
import { MergedSketch } from "@giflab/metrics-core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { representatives } from "../src/representatives.ts";

const valuesOf = (...of: Parameters<typeof representatives>): number[] =>
  representatives(...of).map(({ value }) => value);

describe("representatives of a sketch", () => {
  it("are all values while there are few, within 1 %, the smallest and the largest exact", () => {
    const values = valuesOf(sketchOf([0.3, 0.1, 0.2]), 100);
    expect(values).toHaveLength(3);
    expect([values[0], values[2]]).toEqual([0.1, 0.3]);
    expect(Math.abs(values[1]! / 0.2 - 1)).toBeLessThanOrEqual(0.01);
  });

  it("stand at equal ranks, so that the one at 90 of 100 is the 90th percentile", () => {
    const recorded = Array.from({ length: 12_345 }, (_, i) => (i + 1) ** 2);
    const sketch = new MergedSketch();
    sketch.add(sketchOf(recorded));
    const values = valuesOf(sketch.toData(), 100);
    for (const percent of [1, 50, 90, 99, 100]) expect(values[percent - 1]).toBe(sketch.quantile(percent / 100));
  });

  it("have whole weights that differ by 1 at most and total the count", () => {
    const weights = representatives(sketchOf(Array.from({ length: 250 }, (_, i) => i)), 100).map(
      ({ weight }) => weight,
    );
    expect(weights.filter((weight) => weight === 3)).toHaveLength(50);
    expect(weights.filter((weight) => weight === 2)).toHaveLength(50);
  });

  it("are none of an empty sketch", () => {
    expect(representatives(sketchOf([]), 10)).toEqual([]);
  });

  it("rise, stay between minimum and maximum, and end with the maximum, whatever was recorded", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -1e9, max: 1e9, noNaN: true }), { minLength: 1, maxLength: 300 }),
        fc.integer({ min: 1, max: 50 }),
        (recorded, limit) => {
          const values = valuesOf(sketchOf(recorded), limit);
          const quantiles = new MergedSketch();
          quantiles.add(sketchOf(recorded));
          const n = Math.min(limit, recorded.length);
          expect(values).toEqual(Array.from({ length: n }, (_, i) => quantiles.quantile((i + 1) / n)));
          const weights = representatives(sketchOf(recorded), limit).map(({ weight }) => weight);
          expect(weights.every((weight) => Number.isInteger(weight) && weight >= 1)).toBe(true);
          expect(Math.max(...weights) - Math.min(...weights)).toBeLessThanOrEqual(1);
          expect(weights.reduce((sum, weight) => sum + weight, 0)).toBe(recorded.length);
          expect(values.at(-1)).toBe(Math.max(...recorded));
          expect(values).toEqual([...values].sort((a, b) => a - b));
        },
      ),
    );
  });
});
