import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  bucketMiddle,
  bucketOf,
  bucketStart,
  MAX_BUCKET,
  ManualClock,
  MemoryBackend,
  MetricsCollector,
} from "../src/index.ts";

const magnitude = fc.double({ min: 1e-9, max: 1e12, noNaN: true });
const value = fc.tuple(magnitude, fc.boolean()).map(([size, negative]) => (negative ? -size : size));

describe("buckets", () => {
  it("answer within 1 % for 1e-9 to 1e12 of either sign, and exactly for zero", () => {
    expect([bucketOf(0), bucketOf(-0), bucketMiddle(0)]).toEqual([0, 0, 0]);
    fc.assert(
      fc.property(value, (one) => {
        expect(Math.abs(bucketMiddle(bucketOf(one)) / one - 1)).toBeLessThanOrEqual(0.01);
      }),
    );
  });

  it("are numbered in the order of their values", () => {
    fc.assert(
      fc.property(value, value, (a, b) => {
        const [low, high] = a < b ? [a, b] : [b, a];
        expect(bucketOf(low)).toBeLessThanOrEqual(bucketOf(high));
      }),
    );
  });

  it("begin where they say", () => {
    fc.assert(
      fc.property(fc.integer({ min: -MAX_BUCKET, max: MAX_BUCKET }), (bucket) => {
        expect(bucketOf(bucketStart(bucket))).toBe(bucket);
        expect(bucketOf(bucketMiddle(bucket))).toBe(bucket);
      }),
    );
  });

  it("take what is beyond their range at their ends", () => {
    expect([bucketOf(1e300), bucketOf(-1e300), bucketOf(1e-12), bucketOf(Number.MIN_VALUE)]).toEqual([
      MAX_BUCKET,
      -MAX_BUCKET,
      0,
      0,
    ]);
  });

  it("are the ones that a histogram records into", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(value, fc.constant(0), fc.double({ noNaN: true, noDefaultInfinity: true })), {
          minLength: 1,
        }),
        async (values) => {
          const memory = new MemoryBackend();
          const collector = new MetricsCollector({ backends: [memory], clock: new ManualClock(), service: "t" });
          const histogram = collector.histogram("h");
          for (const one of values) histogram.record(one);
          await collector.flush();
          const expected = new Map<number, number>();
          for (const one of values) expected.set(bucketOf(one), (expected.get(bucketOf(one)) ?? 0) + 1);
          const [point] = await Array.fromAsync(memory.points());
          expect(point?.kind === "histogram" && point.buckets).toEqual({
            layout: "ll6:-30:40",
            indexes: [...expected.keys()].sort((a, b) => a - b),
            counts: [...expected].sort(([a], [b]) => a - b).map(([, count]) => count),
          });
          await collector.close();
        },
      ),
      { numRuns: 50 },
    );
  });
});
