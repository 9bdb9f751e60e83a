import { describe, expect, it } from "vitest";
import type { BackendUnderTest } from "../backend-under-test.ts";
import { SeededRandom } from "../seeded-random.ts";
import { counterPoint, timerPoint } from "../snapshot-points.ts";
import { snapshotOf, TEST_START, TestInstance } from "../test-instance.ts";

/** Windows are `(from, to]` and a delta belongs to the moment at which it ended. */
export function windowContract(tested: BackendUnderTest): void {
  describe("windows", () => {
    it("leaves out what ended at `from` and takes in what ended at `to`", async () => {
      const instance = new TestInstance();
      await tested.write(instance.flushes(4, (i) => [counterPoint("w.calls", 10 ** i)]));
      const sum = async (from: number, to: number) =>
        (await tested.summary({ match: "w.calls", from: TEST_START + from, to: TEST_START + to })).sum;
      expect(await sum(0, 40)).toBe(1111);
      expect(await sum(10, 30)).toBe(110);
      expect(await sum(9.999, 29.999)).toBe(11);
      expect(await sum(10.001, 40)).toBe(1110);
    });

    it("counts every delta exactly once however a span is split into windows", async () => {
      const random = new SeededRandom();
      const instances = [1, 7, 10].map((flushIntervalSeconds) => new TestInstance({ flushIntervalSeconds }));
      let expected = 0;
      for (const instance of instances) {
        while (instance.end < TEST_START + 300) {
          const delta = random.integer(1000);
          expected += delta;
          await tested.write(instance.flush([counterPoint("w.split", delta), timerPoint("w.timer", [0.5])]));
        }
      }
      const span = 310;
      const cuts = [0, span, ...Array.from({ length: 12 }, () => random.integer(span * 2) / 2)].sort((a, b) => a - b);
      let sum = 0;
      for (let i = 1; i < cuts.length; i++) {
        const [from, to] = [TEST_START + cuts[i - 1]!, TEST_START + cuts[i]!];
        if (from === to) continue;
        for (const found of await tested.summaries({ match: "w.split", from, to })) sum += found.sum ?? 0;
      }
      expect(sum, `seed ${random.seed}`).toBe(expected);
    });

    it("keeps large counts exact", async () => {
      const instance = new TestInstance();
      await tested.write(
        instance.flush([counterPoint("w.large", 2 ** 52)]),
        instance.flush([counterPoint("w.large", 1)]),
      );
      expect((await tested.summary({ match: "w.large", from: TEST_START, to: instance.end })).sum).toBe(2 ** 52 + 1);
    });

    it("keeps fractions of a second of time and of counters", async () => {
      const instance = new TestInstance({ start: TEST_START + 0.125, flushIntervalSeconds: 0.25 });
      await tested.write(instance.flushes(4, () => [counterPoint("w.fine", 0.5)]));
      const found = await tested.summary({ match: "w.fine", from: TEST_START + 0.375, to: TEST_START + 0.875 });
      expect(found).toMatchObject({ sum: 1, count: 2 });
    });

    it("says when a series was first and last seen in the window", async () => {
      const instance = new TestInstance();
      await tested.write(instance.flushes(6, (i) => (i % 2 === 0 ? [counterPoint("w.seen", 1)] : [])));
      const found = await tested.summary({ match: "w.seen", from: TEST_START + 10, to: TEST_START + 60 });
      expect(found).toMatchObject({ firstSeen: TEST_START + 30, lastSeen: TEST_START + 50, count: 2, sum: 2 });
    });

    it("answers an empty window with nothing", async () => {
      const instance = new TestInstance();
      await tested.write(instance.flush([counterPoint("w.calls", 1), timerPoint("w.timer", [1])]));
      expect(await tested.summaries({ from: instance.end + 1000, to: instance.end + 2000 })).toEqual([]);
      expect(await tested.points({ from: instance.end, to: instance.end + 10 })).toEqual([]);
    });

    it("stores late data of one instance after later data of another", async () => {
      const [late, early] = [new TestInstance(), new TestInstance()];
      const held = late.flushes(3, () => [counterPoint("w.late", 1)]);
      await tested.write(
        early.flushes(6, () => [counterPoint("w.late", 100)]),
        held,
      );
      expect((await tested.summary({ match: "w.late", from: TEST_START, to: TEST_START + 30 })).sum).toBe(303);
    });

    it("keeps what was recorded when the wall clock is stepped back", async () => {
      const instance = new TestInstance({ start: TEST_START + 3600 });
      await tested.write(instance.flush([counterPoint("w.stepped", 1)]));
      instance.skip(-3600);
      await tested.write(instance.flush([counterPoint("w.stepped", 10)]));
      const whole = await tested.summary({ match: "w.stepped", from: TEST_START, to: TEST_START + 4000 });
      expect(whole).toMatchObject({ sum: 11, covered: 20 });
      const before = await tested.summary({ match: "w.stepped", from: TEST_START, to: TEST_START + 100 });
      expect(before.sum).toBe(10);
    });

    it.each([
      ["ends before it begins", { from: TEST_START + 10, to: TEST_START }],
      ["begins at no time", { from: Number.NaN, to: TEST_START }],
      ["ends at no time", { from: TEST_START, to: Number.NaN }],
    ])("refuses a window that %s with INVALID_QUERY", async (_, window) => {
      await tested.write(snapshotOf());
      await expect((async () => tested.summaries(window))()).rejects.toMatchObject({ code: "INVALID_QUERY" });
      await expect((async () => tested.reader.series({ ...window, stepSeconds: 1 }))()).rejects.toMatchObject({
        code: "INVALID_QUERY",
      });
    });
  });
}
