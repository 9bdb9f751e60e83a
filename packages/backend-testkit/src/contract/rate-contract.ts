import { describe, expect, it } from "vitest";
import type { BackendUnderTest } from "../backend-under-test.ts";
import { counterPoint, timerPoint } from "../snapshot-points.ts";
import { TEST_START, TestInstance } from "../test-instance.ts";

/** A rate is the sum of the deltas over the union of the intervals that the used snapshots cover. */
export function rateContract(tested: BackendUnderTest): void {
  describe("rates", () => {
    it("is exact for a steady 100 per second, wherever the window begins and ends", async () => {
      const instance = new TestInstance();
      await tested.write(instance.flushes(60, () => [counterPoint("r.events", 1000)]));
      for (const [from, to] of [
        [0, 600],
        [3, 303],
        [7.5, 61.25],
        [595, 600],
      ] as const) {
        const found = await tested.summary({ match: "r.events", from: TEST_START + from, to: TEST_START + to });
        expect(found.rate, `(${from}, ${to}]`).toBeCloseTo(100, 9);
        expect(found.covered * found.rate!, `(${from}, ${to}]`).toBeCloseTo(found.sum!, 6);
      }
    });

    it("adds up four processes side by side", async () => {
      const instances = Array.from({ length: 4 }, () => new TestInstance());
      for (let i = 0; i < 6; i++) {
        for (const instance of instances) await tested.write(instance.flush([counterPoint("r.parallel", 100)]));
      }
      const found = await tested.summary({ match: "r.parallel", from: TEST_START, to: TEST_START + 60 });
      expect(found.covered).toBeCloseTo(60, 6);
      expect(found.rate).toBeCloseTo(40, 9);
    });

    it("does not add up a hundred one-second jobs in a row", async () => {
      for (let i = 0; i < 100; i++) {
        const job = new TestInstance({ start: TEST_START + i });
        await tested.write(job.flush([counterPoint("r.jobs", 50)], { seconds: 1, final: true }));
      }
      const found = await tested.summary({ match: "r.jobs", from: TEST_START, to: TEST_START + 100 });
      expect(found).toMatchObject({ sum: 5000, services: ["test-service"] });
      expect(found.covered).toBeCloseTo(100, 6);
      expect(found.rate).toBeCloseTo(50, 6);
    });

    it("covers only the time at which somebody was there to count", async () => {
      for (let i = 0; i < 10; i++) {
        const job = new TestInstance({ start: TEST_START + i * 60 });
        await tested.write(job.flush([counterPoint("r.cron", 30)], { seconds: 2, final: true }));
      }
      const found = await tested.summary({ match: "r.cron", from: TEST_START, to: TEST_START + 600 });
      expect(found.covered).toBeCloseTo(20, 6);
      expect(found.rate).toBeCloseTo(15, 6);
    });

    it("counts overlapping intervals of two processes once as time", async () => {
      const [one, other] = [new TestInstance(), new TestInstance({ start: TEST_START + 5 })];
      await tested.write(one.flush([counterPoint("r.overlap", 30)]), other.flush([counterPoint("r.overlap", 30)]));
      const found = await tested.summary({ match: "r.overlap", from: TEST_START, to: TEST_START + 15 });
      expect(found.covered).toBeCloseTo(15, 6);
      expect(found.rate).toBeCloseTo(4, 9);
    });

    it("takes a counter that is absent from a snapshot as +0 over that time", async () => {
      const instance = new TestInstance();
      await tested.write(instance.flushes(10, (i) => (i === 0 ? [counterPoint("r.once", 100)] : [])));
      const found = await tested.summary({ match: "r.once", from: TEST_START, to: TEST_START + 100 });
      expect(found.covered).toBeCloseTo(100, 6);
      expect(found.rate).toBeCloseTo(1, 9);
    });

    it("gives timers the rate of their calls", async () => {
      const instance = new TestInstance();
      await tested.write(instance.flushes(3, () => [timerPoint("r.timer", [0.1, 0.2, 0.3])]));
      const found = await tested.summary({ match: "r.timer", from: TEST_START, to: TEST_START + 30 });
      expect(found.rate).toBeCloseTo(0.3, 9);
    });

    it("leaves the time of other services out of a service's rate", async () => {
      const web = new TestInstance({ service: "web" });
      const job = new TestInstance({ service: "job", start: TEST_START + 50 });
      await tested.write(web.flushes(3, () => [counterPoint("r.calls", 10)]));
      await tested.write(job.flush([counterPoint("r.calls", 60)]));
      const window = { match: "r.calls", from: TEST_START, to: TEST_START + 60 };
      expect((await tested.summary({ ...window, service: "job" })).rate).toBeCloseTo(6, 9);
      expect((await tested.summary({ ...window, service: "web" })).rate).toBeCloseTo(1, 9);
      expect((await tested.summary(window)).rate).toBeCloseTo(90 / 40, 9);
    });
  });
}
