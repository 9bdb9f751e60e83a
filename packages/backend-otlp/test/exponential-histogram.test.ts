import { sketchOf } from "@giflab/backend-testkit";
import { MergedSketch } from "@giflab/metrics-core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ExponentialHistogram, exponentialHistogram } from "../src/exponential-histogram.ts";

const DEFAULTS = { maxBuckets: 640, factor: 1 };

/** What a receiver makes of it: nearest rank, geometric middles, within the extremes. */
function quantile(histogram: ExponentialHistogram, q: number): number {
  const { count, min = 0, max = 0, scale, zeroCount, positive, negative } = histogram;
  const middle = (index: number): number => 2 ** ((index + 0.5) / 2 ** scale);
  const buckets: [value: number, count: number][] = [
    ...negative.bucketCounts.map((n, i): [number, number] => [-middle(negative.offset + i), n]).reverse(),
    [0, zeroCount],
    ...positive.bucketCounts.map((n, i): [number, number] => [middle(positive.offset + i), n]),
  ];
  const rank = Math.max(1, Math.ceil(q * count - 1e-9));
  let seen = 0;
  for (const [value, n] of buckets) {
    seen += n;
    if (seen >= rank) return Math.min(max, Math.max(min, value));
  }
  throw new Error(`rank ${rank} is beyond all buckets`);
}

/** Half of a sketch's bucket, and half of one of this scale on top of it. */
const bound = (scale: number): number => (1 + 1 / 128) * 2 ** (0.5 / 2 ** scale) - 1;

const magnitude = fc.double({ min: -29, max: 39, noNaN: true }).map((exponent) => 2 ** exponent);
const value = fc.oneof(
  magnitude,
  magnitude.map((size) => -size),
  fc.constant(0),
);
const narrow = fc.double({ min: 0.001, max: 1, noNaN: true });

describe("a sketch as an exponential histogram", () => {
  it("keeps count, sum, extremes and zeros, and every quantile within the bound of its scale", () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.array(value, { minLength: 1, maxLength: 200 }), fc.array(narrow, { minLength: 1, maxLength: 200 })),
        fc.constantFrom(2, 20, 160, 640, 4480),
        fc.constantFrom(1, 2 ** 20),
        (values, maxBuckets, factor) => {
          const sketch = sketchOf(values);
          const histogram = exponentialHistogram(sketch, { maxBuckets, factor });
          const sorted = values.map((one) => one * factor).sort((a, b) => a - b);
          const { positive, negative, zeroCount, scale } = histogram;
          expect(histogram.count).toBe(values.length);
          expect(histogram.sum).toBe(sketch.sum * factor);
          expect([histogram.min, histogram.max]).toEqual([sorted[0]! + 0, sorted.at(-1)! + 0]);
          expect(zeroCount).toBe(values.filter((one) => one === 0).length);
          expect(total(positive.bucketCounts)).toBe(values.filter((one) => one > 0).length);
          expect(total(negative.bucketCounts)).toBe(values.filter((one) => one < 0).length);
          expect(Math.max(positive.bucketCounts.length, negative.bucketCounts.length)).toBeLessThanOrEqual(maxBuckets);
          for (const q of [0.01, 0.25, 0.5, 0.9, 0.99]) {
            const truth = sorted[Math.max(1, Math.ceil(q * sorted.length - 1e-9)) - 1]!;
            const answer = quantile(histogram, q);
            expect(Math.abs(answer - truth)).toBeLessThanOrEqual(Math.abs(truth) * (bound(scale) + 1e-9));
          }
        },
      ),
      { numRuns: process.env["GIFLAB_TEST_LONG"] === "1" ? 20_000 : 500 },
    );
  });

  it("has the documented bounds at the scales that 640 buckets reach", () => {
    expect([6, 5, 4, 3, 2].map((scale) => Math.ceil(bound(scale) * 1e4) / 1e2)).toEqual([1.33, 1.88, 2.99, 5.25, 9.91]);
    const scaleOver = (octaves: number) => exponentialHistogram(sketchOf([1, 0.9999 * 2 ** octaves]), DEFAULTS).scale;
    expect([9, 10, 19, 20, 39].map(scaleOver)).toEqual([6, 6, 5, 5, 4]);
  });

  it("puts a value that is a bound of OTLP's buckets below it, where OTLP has it", () => {
    for (const exponent of [-20, -1, 0, 1, 7]) {
      const { scale, positive } = exponentialHistogram(sketchOf([2 ** exponent]), DEFAULTS);
      expect({ scale, ...positive }).toEqual({ scale: 6, offset: exponent * 64 - 1, bucketCounts: [1] });
    }
  });

  it("mirrors negative values", () => {
    const values = [1, 3, 3, 50, 700];
    const plus = exponentialHistogram(sketchOf(values), DEFAULTS);
    const minus = exponentialHistogram(sketchOf(values.map((one) => -one)), DEFAULTS);
    expect(minus.negative).toEqual(plus.positive);
    expect(minus.positive.bucketCounts).toEqual([]);
  });

  it("gives both signs the same scale, that of the wider one", () => {
    const { scale, positive, negative } = exponentialHistogram(sketchOf([-1, 1, 2 ** 15]), DEFAULTS);
    expect(scale).toBe(5);
    // -1 is the exact minimum; 1 counts where the middle of its bucket lies, above the bound.
    expect([negative.offset, positive.offset, positive.bucketCounts.length]).toEqual([-1, 0, 15 * 32]);
  });

  it("says nothing of extremes when nothing was recorded", () => {
    const empty = exponentialHistogram(new MergedSketch().toData(), DEFAULTS);
    expect(empty).toMatchObject({ count: 0, sum: 0, zeroCount: 0 });
    expect(empty).not.toHaveProperty("min");
    expect(empty).not.toHaveProperty("max");
  });

  it("stays finite where scaling to bytes would leave the range of a double", () => {
    const { sum, max } = exponentialHistogram(sketchOf([1e308]), { maxBuckets: 640, factor: 2 ** 20 });
    expect([sum, max]).toEqual([Number.MAX_VALUE, Number.MAX_VALUE]);
  });
});

function total(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0);
}
