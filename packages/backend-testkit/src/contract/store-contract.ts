import { describe, expect, it } from "vitest";
import type { BackendCapabilities } from "../backend-capabilities.ts";
import type { BackendUnderTest } from "../backend-under-test.ts";
import { counterPoint, gaugePoint, timerPoint } from "../snapshot-points.ts";
import { TEST_START, TestInstance } from "../test-instance.ts";

/** Statistics, clearing and pruning. */
export function storeContract(tested: BackendUnderTest, capabilities: BackendCapabilities): void {
  const window = { from: TEST_START, to: TEST_START + 1000 };

  describe("what is kept", () => {
    it("says how much it holds", async () => {
      const [one, other] = [new TestInstance(), new TestInstance()];
      const points = () => [counterPoint("k.calls", 1), gaugePoint("k.level", 1), timerPoint("k.time", [1])];
      expect(await tested.reader.stats()).toMatchObject({
        snapshots: 0,
        points: 0,
        oldest: undefined,
        newest: undefined,
      });
      await tested.write(one.flushes(5, points), other.flushes(2, points));
      const stats = await tested.reader.stats();
      expect(stats).toMatchObject({
        backend: tested.backend.name,
        snapshots: 7,
        points: 21,
        series: 3,
        instances: 2,
        oldest: TEST_START + 10,
        newest: TEST_START + 50,
      });
      expect(stats.bytes).toBeGreaterThan(0);
    });

    it("has nothing left after clear and takes new snapshots of the same instance", async () => {
      const instance = new TestInstance();
      const points = () => [counterPoint("k.calls", 1), gaugePoint("k.level", 1), timerPoint("k.time", [1])];
      await tested.write(instance.flushes(5, points));
      await tested.store.clear();
      expect(await tested.summaries(window)).toEqual([]);
      expect(await tested.points()).toEqual([]);
      expect(await tested.reader.stats()).toMatchObject({ snapshots: 0, points: 0 });
      await tested.write(instance.flush([counterPoint("k.calls", 7)]));
      expect(await tested.summary({ ...window, match: "k.calls" })).toMatchObject({ sum: 7, count: 1 });
    });

    if (capabilities.state) {
      it("keeps alert rules and alert state when it is cleared", async () => {
        const instance = new TestInstance();
        await tested.write(instance.flush([counterPoint("k.calls", 1)]));
        await tested.state.compareAndSet("rule/one", 0, "{}");
        await tested.store.clear();
        expect(await tested.state.get("rule/one")).toEqual({ key: "rule/one", value: "{}", version: 1 });
      });
    }

    it("prunes what ended at or before a moment, and says how many snapshots went", async () => {
      const instance = new TestInstance();
      await tested.write(instance.flushes(6, (i) => [counterPoint("k.pruned", 10 ** i)]));
      expect(await tested.store.prune({ before: TEST_START + 30 })).toBe(3);
      expect((await tested.summary({ ...window, match: "k.pruned" })).sum).toBe(111000);
      expect((await tested.points()).map(({ timestamp }) => timestamp - TEST_START)).toEqual([40, 50, 60]);
      expect((await tested.reader.stats()).oldest).toBe(TEST_START + 40);
      expect(await tested.store.prune({ before: TEST_START + 30 })).toBe(0);
    });

    it("does not bring pruned data back when its delivery is repeated", async () => {
      const instance = new TestInstance();
      const snapshots = instance.flushes(3, () => [counterPoint("k.again", 1)]);
      await tested.write(snapshots);
      await tested.store.prune({ before: TEST_START + 20 });
      await tested.write(snapshots[0]!, snapshots[1]!);
      expect((await tested.summary({ ...window, match: "k.again" })).sum).toBe(1);
    });
  });
}
