import type { NamedDefinition } from "@giflab/metrics-core";
import { describe, expect, it } from "vitest";
import type { BackendUnderTest } from "../backend-under-test.ts";
import { counterPoint, gaugePoint, timerPoint } from "../snapshot-points.ts";
import { TEST_START, TestInstance } from "../test-instance.ts";

/** Derived metrics exist only in answers, from whatever the inputs are over the window and the instances. */
export function derivedContract(tested: BackendUnderTest): void {
  const window = { from: TEST_START, to: TEST_START + 100 };
  const hitRate: NamedDefinition = {
    name: "c.hit_rate",
    kind: "derived",
    formula: "c.hits / (c.hits + c.misses)",
    unit: "1",
    system: "c",
    normalRange: { min: 0.6, max: 0.8, better: "higher" },
  };
  const derived = [hitRate];
  const hitRates = async (query: object = {}) =>
    (await tested.summaries({ ...window, match: "c.hit_rate", ...query })).map(({ value }) => value);

  describe("derived metrics", () => {
    it("computes the value from the sums of all instances in the window", async () => {
      const [one, other] = [new TestInstance({ derived }), new TestInstance({ derived })];
      await tested.write(one.flush([counterPoint("c.hits", 3), counterPoint("c.misses", 1)]));
      await tested.write(other.flush([counterPoint("c.hits", 4), counterPoint("c.misses", 2)]));
      const found = await tested.summary({ ...window, match: "c.hit_rate" });
      expect(found).toMatchObject({ kind: "derived", unit: "1", system: "c", formula: hitRate.formula, normal: true });
      expect(found.value).toBeCloseTo(0.7, 12);
      expect(await hitRates({ instance: one.identity.writerId })).toEqual([0.75]);
    });

    it("follows the window and is never a value of the whole lifetime", async () => {
      const instance = new TestInstance({ derived });
      await tested.write(instance.flush([counterPoint("c.hits", 90), counterPoint("c.misses", 10)]));
      await tested.write(instance.flush([counterPoint("c.hits", 1), counterPoint("c.misses", 3)]));
      expect(await hitRates({ from: TEST_START + 10 })).toEqual([0.25]);
    });

    it("is undefined for 0/0: not zero, not NaN, and neither normal nor abnormal", async () => {
      const instance = new TestInstance({ derived });
      await tested.write(instance.flush([counterPoint("c.hits", 0), counterPoint("c.misses", 0)]), instance.flush());
      for (const entry of await tested.summaries({ ...window, match: "c.hit_rate" })) {
        expect(entry).toMatchObject({ value: undefined, normal: null });
      }
    });

    it("takes an input that did not change as zero", async () => {
      const instance = new TestInstance({ derived });
      await tested.write(instance.flush([counterPoint("c.hits", 5), counterPoint("c.misses", 5)]));
      await tested.write(instance.flush([counterPoint("c.hits", 5)]), instance.flush([counterPoint("c.misses", 5)]));
      expect(await hitRates({ from: TEST_START + 10, to: TEST_START + 20 })).toEqual([1]);
      expect(await hitRates({ from: TEST_START + 20, to: TEST_START + 30 })).toEqual([0]);
    });

    it("is undefined under a filter by a tag that one of its inputs lacks", async () => {
      const instance = new TestInstance({ derived });
      await tested.write(
        instance.flush([
          counterPoint("c.hits", 6, { tags: { tier: "memory" } }),
          counterPoint("c.hits", 2, { tags: { tier: "disk" } }),
          counterPoint("c.misses", 2),
        ]),
      );
      expect(await hitRates()).toEqual([0.8]);
      for (const value of await hitRates({ tags: { tier: "memory" } })) expect(value).toBeUndefined();
    });

    it("is computed under a filter by a tag that all its inputs carry", async () => {
      const instance = new TestInstance({ derived });
      const of = (cache: string) => ({ tags: { cache } });
      await tested.write(
        instance.flush([
          counterPoint("c.hits", 1, of("a")),
          counterPoint("c.misses", 1, of("a")),
          counterPoint("c.hits", 9, of("b")),
          counterPoint("c.misses", 1, of("b")),
        ]),
      );
      expect(await hitRates({ tags: { cache: "b" } })).toEqual([0.9]);
      expect(await hitRates()).toEqual([10 / 12]);
    });

    it("gives one result for each combination of the tags it groups by", async () => {
      const grouped = [{ ...hitRate, groupBy: ["metric_type"] } satisfies NamedDefinition];
      const instance = new TestInstance({ derived: grouped });
      const of = (metric_type: string) => ({ tags: { metric_type } });
      await tested.write(
        instance.flush([
          counterPoint("c.hits", 1, of("ssim")),
          counterPoint("c.misses", 1, of("ssim")),
          counterPoint("c.hits", 3, of("mse")),
          counterPoint("c.misses", 1, of("mse")),
        ]),
      );
      const found = await tested.summaries({ ...window, match: "c.hit_rate" });
      expect(found.map(({ tags, value }) => [tags, value])).toEqual([
        [{ metric_type: "mse" }, 0.75],
        [{ metric_type: "ssim" }, 0.5],
      ]);
    });

    it("takes a gauge by its merged last value and a timer by its mean", async () => {
      const load: NamedDefinition = { name: "c.load", kind: "derived", formula: "c.memory / c.limit * c.duration" };
      const [one, other] = [new TestInstance({ derived: [load] }), new TestInstance({ derived: [load] })];
      const sum = { merge: "sum" } as const;
      await tested.write(one.flush([gaugePoint("c.memory", 100, sum), gaugePoint("c.limit", 400, { merge: "max" })]));
      await tested.write(other.flush([gaugePoint("c.memory", 300, sum), timerPoint("c.duration", [1, 2, 3])]));
      const found = await tested.summary({ ...window, to: TEST_START + 10, match: "c.load" });
      expect(found.value).toBeCloseTo(2, 12);
    });

    it("follows its inputs over the steps of a series", async () => {
      const instance = new TestInstance({ derived });
      await tested.write(
        instance.flushes(3, (i) => (i === 1 ? [] : [counterPoint("c.hits", i), counterPoint("c.misses", 2)])),
      );
      const found = await tested.series({ ...window, to: TEST_START + 30, match: "c.hit_rate", stepSeconds: 10 });
      expect(found).toMatchObject({ kind: "derived", statistic: "value" });
      expect(found.points).toEqual([
        [TEST_START + 10, 0],
        [TEST_START + 20, null],
        [TEST_START + 30, 0.5],
      ]);
    });

    it("stores nothing under its name", async () => {
      const instance = new TestInstance({ derived });
      await tested.write(instance.flush([counterPoint("c.hits", 3), counterPoint("c.misses", 1)]));
      expect((await tested.points()).map(({ name }) => name).sort()).toEqual(["c.hits", "c.misses"]);
      expect(await tested.points({ match: "c.hit_rate" })).toEqual([]);
    });
  });
}
