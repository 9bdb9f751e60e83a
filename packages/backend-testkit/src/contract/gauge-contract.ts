import type { GaugeMerge } from "@giflab/metrics-core";
import { describe, expect, it } from "vitest";
import type { BackendUnderTest } from "../backend-under-test.ts";
import { gaugePoint } from "../snapshot-points.ts";
import { TEST_START, TestInstance } from "../test-instance.ts";

/** Gauges: merged over instances as their definition says, unchanged while absent. */
export function gaugeContract(tested: BackendUnderTest): void {
  describe("gauges", () => {
    it("has last, min, max and the number of stated values, and no percentiles or sums", async () => {
      const instance = new TestInstance();
      await tested.write([3, -5, 4].map((value) => instance.flush([gaugePoint("g.level", value, { unit: "MB" })])));
      const found = await tested.summary({ match: "g.level", from: TEST_START, to: instance.end });
      expect(found).toMatchObject({ kind: "gauge", unit: "MB", last: 4, min: -5, max: 4, count: 3, stale: false });
      expect(found).toMatchObject({ p50: undefined, p95: undefined, p99: undefined, sum: undefined, rate: undefined });
    });

    it.each<[GaugeMerge | undefined, number]>([
      ["sum", 60],
      ["max", 30],
      ["mean", 20],
      ["last", 20],
      [undefined, 20],
    ])("merges live instances with merge %s", async (merge, expected) => {
      const instances = [0, 1, 2].map((i) => new TestInstance({ start: TEST_START + i }));
      const fields = merge === undefined ? {} : { merge };
      const values = [10, 30, 20];
      await tested.write(instances.map((instance, i) => instance.flush([gaugePoint("g.merged", values[i]!, fields)])));
      const found = await tested.summary({ match: "g.merged", from: TEST_START, to: TEST_START + 15 });
      expect(found).toMatchObject({ last: expected, merge: merge ?? "last", stale: false });
    });

    it("takes for merge last the value that was stated last, not that of the last snapshot", async () => {
      const [one, other] = [new TestInstance(), new TestInstance({ start: TEST_START + 5 })];
      await tested.write(one.flush([gaugePoint("g.last", 1)]), other.flush([gaugePoint("g.last", 2)]));
      await tested.write(one.flush(), one.flush([gaugePoint("g.last", 3)]), other.flush(), other.flush());
      expect((await tested.summary({ match: "g.last", from: TEST_START, to: other.end })).last).toBe(3);
    });

    it("takes a gauge that is absent from later snapshots as unchanged", async () => {
      const instance = new TestInstance();
      await tested.write(instance.flush([gaugePoint("g.quiet", 42)]), instance.flushes(29));
      const found = await tested.summary({ match: "g.quiet", from: TEST_START + 200, to: instance.end });
      expect(found).toMatchObject({ last: 42, stale: false, min: 42, max: 42 });
      expect(found.mean).toBeCloseTo(42, 9);
    });

    it("merges the unchanged gauge of one instance with the changing one of another", async () => {
      const [quiet, busy] = [new TestInstance(), new TestInstance()];
      const fields = { merge: "sum" } as const;
      await tested.write(quiet.flush([gaugePoint("g.both", 100, fields)]), quiet.flushes(29));
      await tested.write(busy.flushes(30, (i) => [gaugePoint("g.both", i, fields)]));
      const found = await tested.summary({ match: "g.both", from: TEST_START + 240, to: TEST_START + 300 });
      expect(found).toMatchObject({ last: 129, stale: false });
    });

    it("weighs the mean by time, not by the number of statements", async () => {
      const instance = new TestInstance();
      await tested.write(instance.flush([gaugePoint("g.mean", 10)]), instance.flushes(53));
      await tested.write(instance.flush([gaugePoint("g.mean", 20)]), instance.flushes(6));
      const found = await tested.summary({ match: "g.mean", from: TEST_START + 10, to: instance.end });
      // 10 for 540 s, then 20 for 60 s.
      expect(Math.abs(found.mean! / 11 - 1)).toBeLessThan(0.03);
    });

    it("ignores what is stated after the window", async () => {
      const instance = new TestInstance();
      await tested.write(instance.flushes(6, (i) => [gaugePoint("g.past", i)]));
      const found = await tested.summary({ match: "g.past", from: TEST_START, to: TEST_START + 30 });
      expect(found).toMatchObject({ last: 2, max: 2, stale: false, lastSeen: TEST_START + 30 });
    });
  });
}
