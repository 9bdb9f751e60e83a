import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ClassicBuckets, ClassicHistogram, defaultBounds } from "../../src/exposition/index.ts";
import { isMetricsError } from "../../src/metrics-error.ts";
import { MergedSketch } from "../../src/sketch.ts";

describe("ClassicBuckets", () => {
  it("counts every value in its bucket, but for those within 1.6 % of a bound", () => {
    const bound = fc.double({ min: -1e6, max: 1e6, noNaN: true });
    const value = fc.oneof(
      fc.double({ min: -1e6, max: 1e6, noNaN: true }),
      fc.double({ min: -1, max: 1, noNaN: true }),
    );
    fc.assert(
      fc.property(fc.uniqueArray(bound, { minLength: 1, maxLength: 20 }), fc.array(value), (given, values) => {
        const bounds = given.map((one) => (one === 0 ? 0 : one)).sort((a, b) => a - b);
        if (bounds.some((one, i) => i > 0 && one === bounds[i - 1])) return;
        const sketch = new MergedSketch();
        for (const one of values) sketch.record(one);
        const histogram = new ClassicHistogram(new ClassicBuckets(bounds));
        histogram.add(sketch.toData());
        let seen = 0;
        for (const [place, one] of bounds.entries()) {
          seen += histogram.counts[place]!;
          // Beyond 2^-30 values are zero.
          const near = Math.max(Math.abs(one) * 0.016, 1e-9);
          expect(seen).toBeGreaterThanOrEqual(values.filter((v) => v <= one - near).length);
          expect(seen).toBeLessThanOrEqual(values.filter((v) => v <= one + near).length);
        }
        expect(seen + histogram.counts.at(-1)!).toBe(values.length);
        expect(histogram.count).toBe(values.length);
      }),
    );
  });

  it("counts whole numbers up to 64 exactly where they belong", () => {
    const bounds = [0, 1, 2, 5, 10, 50, 64];
    const histogram = new ClassicHistogram(new ClassicBuckets(bounds));
    const sketch = new MergedSketch();
    for (let value = -3; value <= 70; value++) sketch.record(value);
    histogram.add(sketch.toData());
    expect([...histogram.counts]).toEqual([4, 1, 1, 3, 5, 40, 14, 6]);
  });

  it("has default bounds for durations, sizes and everything else", () => {
    const seconds = defaultBounds({ name: "load", kind: "timer" });
    expect(seconds).toHaveLength(25);
    expect([seconds[0], seconds[2], seconds.at(-1)]).toEqual([1e-6, 5e-6, 100]);
    expect(defaultBounds({ name: "size_mb", kind: "histogram" })[1]).toBe(1024);
    expect(defaultBounds({ name: "ratio", kind: "histogram", unit: "1" })).toContain(0.25);
  });

  it("refuses bounds that are none", () => {
    for (const bounds of [[], [1, 1], [2, 1], [1, Number.POSITIVE_INFINITY]]) {
      expect(() => new ClassicBuckets(bounds)).toThrow(
        expect.toSatisfy((error: unknown) => isMetricsError(error, "INVALID_OPTION")),
      );
    }
  });
});
