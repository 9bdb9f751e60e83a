import { describe, expect, it } from "vitest";
import type { BackendUnderTest } from "../backend-under-test.ts";
import { SeededRandom } from "../seeded-random.ts";
import { histogramPoint, timerPoint } from "../snapshot-points.ts";
import { TEST_START, TestInstance } from "../test-instance.ts";

/** Timers and histograms: exact totals, and quantiles of the whole from merged buckets. */
export function distributionContract(tested: BackendUnderTest): void {
  describe("timers and histograms", () => {
    it("gives durations back in seconds, unscaled", async () => {
      const instance = new TestInstance();
      await tested.write(instance.flush([timerPoint("d.load", [0.2, 0.2, 0.2])]));
      const found = await tested.summary({ match: "d.load", from: TEST_START, to: instance.end });
      expect(found).toMatchObject({ kind: "timer", unit: "s", count: 3, min: 0.2, max: 0.2, last: 0.2 });
      expect(found.sum).toBeCloseTo(0.6, 12);
      for (const value of [found.mean, found.p50, found.p95, found.p99]) expect(value).toBeCloseTo(0.2, 12);
    });

    it("keeps count, sum, min, max and mean exact over processes and windows", async () => {
      const [one, other] = [new TestInstance(), new TestInstance()];
      await tested.write(
        one.flush([histogramPoint("d.size", [5, -3, 0])]),
        other.flush([histogramPoint("d.size", [100])]),
      );
      await tested.write(one.flush([histogramPoint("d.size", [7])]));
      const found = await tested.summary({ match: "d.size", from: TEST_START, to: one.end });
      expect(found).toMatchObject({ kind: "histogram", count: 5, sum: 109, min: -3, max: 100, last: 7 });
      expect(found.mean).toBeCloseTo(109 / 5, 12);
    });

    it("takes the last value from the latest snapshot, not from the one that arrived last", async () => {
      const [early, late] = [new TestInstance(), new TestInstance({ start: TEST_START + 20 })];
      await tested.write(late.flush([timerPoint("d.last", [2])]), early.flush([timerPoint("d.last", [1])]));
      expect((await tested.summary({ match: "d.last", from: TEST_START, to: TEST_START + 60 })).last).toBe(2);
    });

    it("answers quantiles of everything recorded within 1 %, however it was spread over processes and flushes", async () => {
      const random = new SeededRandom();
      const values: number[] = [];
      for (let process = 0; process < 4; process++) {
        const instance = new TestInstance();
        const snapshots = instance.flushes(6, () => {
          const recorded = Array.from({ length: random.integer(200) }, () => random.duration(10 ** (process - 3)));
          values.push(...recorded);
          return recorded.length === 0 ? [] : [timerPoint("d.spread", recorded)];
        });
        await tested.write(snapshots);
      }
      values.sort((a, b) => a - b);
      const found = await tested.summary({ match: "d.spread", from: TEST_START, to: TEST_START + 60 });
      expect(found.count).toBe(values.length);
      for (const [quantile, answer] of [
        [0.5, found.p50],
        [0.95, found.p95],
        [0.99, found.p99],
      ] as const) {
        const exact = values[Math.ceil(quantile * values.length - 1e-9) - 1]!;
        expect(Math.abs(answer! - exact) / exact, `p${quantile * 100}, seed ${random.seed}`).toBeLessThanOrEqual(0.01);
      }
    });

    it("weighs a busy flush by its calls: percentiles are never taken of percentiles", async () => {
      const instance = new TestInstance();
      await tested.write(instance.flushes(20, () => [timerPoint("d.busy", [0.001])]));
      await tested.write(instance.flush([timerPoint("d.busy", Array(1000).fill(1))]));
      const found = await tested.summary({ match: "d.busy", from: TEST_START, to: instance.end });
      expect(found.p50).toBe(1);
      expect(found.min).toBe(0.001);
    });

    it("takes in only the window's share", async () => {
      const instance = new TestInstance();
      await tested.write(instance.flushes(10, (i) => [timerPoint("d.window", [i + 1])]));
      const found = await tested.summary({ match: "d.window", from: TEST_START + 30, to: TEST_START + 60 });
      expect(found).toMatchObject({ count: 3, sum: 15, min: 4, max: 6, last: 6 });
      expect(Math.abs(found.p50! / 5 - 1)).toBeLessThan(0.01);
    });

    it("leaves the fields of other kinds undefined", async () => {
      const instance = new TestInstance();
      await tested.write(instance.flush([timerPoint("d.fields", [1])]));
      const found = await tested.summary({ match: "d.fields", from: TEST_START, to: instance.end });
      expect(found).toMatchObject({ value: undefined, formula: undefined, merge: undefined, stale: false });
    });
  });
}
