import { describe, expect, it } from "vitest";
import type { BackendUnderTest } from "../backend-under-test.ts";
import { counterPoint, gaugePoint, timerPoint } from "../snapshot-points.ts";
import { TEST_START, TestInstance } from "../test-instance.ts";

/** Values over time: steps `(t, t + step]` stamped with their end, null where nothing is known. */
export function seriesContract(tested: BackendUnderTest): void {
  const at = (seconds: number) => TEST_START + seconds;

  describe("series over time", () => {
    it("has one point per step, stamped with its end, and a shorter last one", async () => {
      const instance = new TestInstance();
      await tested.write(instance.flushes(7, (i) => [counterPoint("q.calls", 10 ** i)]));
      const found = await tested.series({
        match: "q.calls",
        from: at(0),
        to: at(70),
        stepSeconds: 20,
        statistic: "sum",
      });
      expect(found).toMatchObject({ name: "q.calls", kind: "counter", statistic: "sum" });
      expect(found.points).toEqual([
        [at(20), 11],
        [at(40), 1100],
        [at(60), 110000],
        [at(70), 1000000],
      ]);
    });

    it("tells a quiet step from one in which nobody was there", async () => {
      const instance = new TestInstance();
      await tested.write(instance.flush([counterPoint("q.quiet", 50)]), instance.flushes(2));
      instance.skip(20);
      await tested.write(instance.flush([counterPoint("q.quiet", 20)]));
      const found = await tested.series({ match: "q.quiet", from: at(0), to: at(60), stepSeconds: 10 });
      expect(found.statistic).toBe("rate");
      expect(found.points).toEqual([
        [at(10), 5],
        [at(20), 0],
        [at(30), 0],
        [at(40), null],
        [at(50), null],
        [at(60), 2],
      ]);
    });

    it("carries an unchanged gauge on while its instance lives", async () => {
      const instance = new TestInstance();
      await tested.write(instance.flush([gaugePoint("q.level", 1)]), instance.flushes(4));
      await tested.write(instance.flush([gaugePoint("q.level", 2)]));
      const found = await tested.series({ match: "q.level", from: at(20), to: at(60), stepSeconds: 10 });
      expect(found.statistic).toBe("last");
      expect(found.points).toEqual([
        [at(30), 1],
        [at(40), 1],
        [at(50), 1],
        [at(60), 2],
      ]);
    });

    it("merges gauges of live instances in every step", async () => {
      const [one, other] = [new TestInstance(), new TestInstance()];
      const sum = { merge: "sum" } as const;
      await tested.write(one.flushes(3, () => [gaugePoint("q.sum", 1, sum)]));
      await tested.write(
        other.flushes(2, () => [gaugePoint("q.sum", 10, sum)]),
        other.flush([], { final: true }),
      );
      const found = await tested.series({ match: "q.sum", from: at(0), to: at(30), stepSeconds: 10 });
      expect(found.points).toEqual([
        [at(10), 11],
        [at(20), 11],
        [at(30), 1],
      ]);
    });

    it("takes quantiles of each step from the merged buckets of all instances", async () => {
      const [one, other] = [new TestInstance(), new TestInstance()];
      await tested.write(one.flushes(2, () => [timerPoint("q.timer", Array(99).fill(0.01))]));
      await tested.write(
        other.flush([timerPoint("q.timer", [5])]),
        other.flush([timerPoint("q.timer", Array(200).fill(5))]),
      );
      const window = { match: "q.timer", from: at(0), to: at(20), stepSeconds: 10 };
      expect(await tested.series(window)).toMatchObject({ statistic: "p95", kind: "timer" });
      const [[, early], [, late]] = (await tested.series(window)).points as [[number, number], [number, number]];
      expect(Math.abs(early / 0.01 - 1)).toBeLessThanOrEqual(0.01);
      expect(late).toBe(5);
      expect((await tested.series({ ...window, statistic: "max" })).points).toEqual([
        [at(10), 5],
        [at(20), 5],
      ]);
      expect((await tested.series({ ...window, statistic: "count" })).points).toEqual([
        [at(10), 100],
        [at(20), 299],
      ]);
    });

    it.each([
      ["aligned with the flushes", { from: at(0), to: at(140), stepSeconds: 28, steps: 5 }],
      ["across the flushes", { from: at(3), to: at(123), stepSeconds: 30, steps: 4 }],
      ["shorter than a flush", { from: at(21), to: at(42), stepSeconds: 7, steps: 3 }],
    ])("agrees with the summaries of the same windows, steps %s", async (_, window) => {
      const instances = [0, 1].map(() => new TestInstance({ flushIntervalSeconds: 7 }));
      for (const [process, instance] of instances.entries()) {
        const flushes = instance.flushes(20, (i) => [
          counterPoint("q.agree", i),
          timerPoint("q.agree-timer", [i + 1, 2 * i]),
          gaugePoint("q.agree-gauge", i * (process + 1), { merge: "sum" }),
        ]);
        await tested.write(flushes);
      }
      const statistics = [
        ["q.agree", ["sum", "rate", "count"]],
        ["q.agree-timer", ["count", "sum", "min", "max", "mean", "last", "p50", "p95", "p99"]],
        ["q.agree-gauge", ["min", "max", "mean", "last"]],
      ] as const;
      for (const [match, names] of statistics) {
        for (const statistic of names) {
          const { points } = await tested.series({ ...window, match, statistic });
          expect(points).toHaveLength(window.steps);
          for (const [end, value] of points) {
            const summary = await tested.summary({ match, from: end - window.stepSeconds, to: end });
            const at = `${statistic} of ${match} in ${end - window.stepSeconds - TEST_START}..${end - TEST_START}`;
            expect(value, at).toBeCloseTo(summary[statistic]!, 9);
          }
        }
      }
    });

    it("takes the last value of a step from its latest snapshot, not from the one that arrived last", async () => {
      const [early, late] = [new TestInstance(), new TestInstance({ start: TEST_START + 20 })];
      await tested.write(late.flush([timerPoint("q.last", [2])]), early.flush([timerPoint("q.last", [1])]));
      const window = { match: "q.last", from: at(0), to: at(60), stepSeconds: 60 };
      expect((await tested.series({ ...window, statistic: "last" })).points).toEqual([[at(60), 2]]);
    });

    it("gives every tag set its own series, filtered by tags", async () => {
      const instance = new TestInstance();
      await tested.write(
        instance.flush([
          counterPoint("q.tags", 1, { tags: { a: "x" } }),
          counterPoint("q.tags", 2, { tags: { a: "y" } }),
        ]),
      );
      const query = { match: "q.tags", from: at(0), to: at(10), stepSeconds: 10, statistic: "sum" } as const;
      const found = await tested.reader.series(query);
      expect(found.map(({ tags, points }) => [tags["a"], points[0]?.[1]])).toEqual([
        ["x", 1],
        ["y", 2],
      ]);
      expect((await tested.series({ ...query, tags: { a: "y" } })).tags).toEqual({ a: "y" });
    });

    it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY, 0.001])(
      "refuses steps of %s s in a window of 100 s",
      async (stepSeconds) => {
        await expect(
          (async () => tested.reader.series({ from: at(0), to: at(100), stepSeconds }))(),
        ).rejects.toMatchObject({ code: "INVALID_QUERY" });
      },
    );
  });
}
