import { describe, expect, it } from "vitest";
import type { BackendUnderTest } from "../backend-under-test.ts";
import { gaugePoint } from "../snapshot-points.ts";
import { TEST_START, TestInstance } from "../test-instance.ts";

/** Only instances that live at the end of the window count: not closed, last heard of within three flush intervals. */
export function gaugeLivenessContract(tested: BackendUnderTest): void {
  const sum = { merge: "sum" } as const;

  describe("gauges of instances that are gone", () => {
    it("leaves out an instance that closed", async () => {
      const [closed, live] = [new TestInstance(), new TestInstance()];
      await tested.write(closed.flush([gaugePoint("l.total", 100, sum)], { final: true }));
      await tested.write(live.flushes(2, () => [gaugePoint("l.total", 7, sum)]));
      const found = await tested.summary({ match: "l.total", from: TEST_START, to: live.end });
      expect(found).toMatchObject({ last: 7, stale: false });
    });

    it("leaves out an instance that was not heard of for three flush intervals", async () => {
      const [killed, live] = [new TestInstance(), new TestInstance()];
      await tested.write(killed.flush([gaugePoint("l.total", 100, sum)]));
      await tested.write(live.flushes(6, () => [gaugePoint("l.total", 7, sum)]));
      const at = async (seconds: number) =>
        (await tested.summary({ match: "l.total", from: TEST_START, to: TEST_START + seconds })).last;
      expect(await at(30)).toBe(107);
      expect(await at(60)).toBe(7);
    });

    it("goes by each instance's own flush interval", async () => {
      const slow = new TestInstance({ flushIntervalSeconds: 60 });
      const fast = new TestInstance({ flushIntervalSeconds: 1 });
      await tested.write(slow.flush([gaugePoint("l.mixed", 100, sum)]));
      fast.skip(59);
      await tested.write(fast.flushes(100, () => [gaugePoint("l.mixed", 1, sum)]));
      const found = await tested.summary({ match: "l.mixed", from: TEST_START + 100, to: fast.end });
      expect(found).toMatchObject({ last: 101, stale: false });
    });

    it("gives the last known value, marked stale, when none is alive", async () => {
      const closed = new TestInstance();
      await tested.write(
        closed.flush([gaugePoint("l.ended", 5)]),
        closed.flush([gaugePoint("l.ended", 6)], { final: true }),
      );
      const soon = await tested.summary({ match: "l.ended", from: TEST_START, to: closed.end + 60 });
      expect(soon).toMatchObject({ last: 6, stale: true, lastSeen: closed.end });
    });

    it("marks the gauge of a killed instance stale once three intervals passed", async () => {
      const killed = new TestInstance();
      await tested.write(killed.flush([gaugePoint("l.killed", 5)]));
      const at = async (seconds: number) =>
        tested.summary({ match: "l.killed", from: TEST_START, to: killed.end + seconds });
      expect(await at(20)).toMatchObject({ last: 5, stale: false });
      expect(await at(60)).toMatchObject({ last: 5, stale: true });
    });

    it("says of a stale gauge from before the window when it was last seen", async () => {
      const closed = new TestInstance();
      await tested.write(closed.flush([gaugePoint("l.before", 5)], { final: true }));
      const found = await tested.summaries({ match: "l.before", from: closed.end + 100, to: closed.end + 200 });
      for (const gauge of found) expect(gauge).toMatchObject({ last: 5, stale: true, lastSeen: closed.end });
    });

    it("takes an instance as alive in a window before it closed", async () => {
      const instance = new TestInstance();
      await tested.write(
        instance.flushes(5, () => [gaugePoint("l.then", 9)]),
        instance.flush([], { final: true }),
      );
      const found = await tested.summary({ match: "l.then", from: TEST_START, to: TEST_START + 50 });
      expect(found).toMatchObject({ last: 9, stale: false });
    });

    it("keeps the gauge of a restarted service apart from its former life", async () => {
      const former = new TestInstance();
      await tested.write(former.flush([gaugePoint("l.life", 80, sum)]));
      const present = new TestInstance({ start: former.end + 1 });
      await tested.write(present.flushes(4, () => [gaugePoint("l.life", 20, sum)]));
      const found = await tested.summary({ match: "l.life", from: TEST_START, to: present.end });
      expect(found).toMatchObject({ last: 20, stale: false });
    });
  });
}
