import type { MetricSnapshot } from "@giflab/metrics-core";
import { describe, expect, it } from "vitest";
import type { BackendUnderTest } from "../backend-under-test.ts";
import { SeededRandom } from "../seeded-random.ts";
import { counterPoint, gaugePoint, timerPoint } from "../snapshot-points.ts";
import { TEST_START, TestInstance } from "../test-instance.ts";

/** A snapshot that was stored but not acknowledged comes again: (writerId, sequence) makes it count once. */
export function idempotenceContract(tested: BackendUnderTest): void {
  const flushes = (instance: TestInstance, count = 3) =>
    instance.flushes(count, (i) => [
      counterPoint("retry.calls", 10 + i),
      gaugePoint("retry.level", i),
      timerPoint("retry.duration", [0.1, 0.2]),
    ]);

  describe("delivery again", () => {
    it("counts a snapshot once when it comes twice in a row", async () => {
      const instance = new TestInstance();
      for (const snapshot of flushes(instance)) await tested.write(snapshot, snapshot);
      const window = { from: TEST_START, to: instance.end };
      expect((await tested.summary({ match: "retry.calls", ...window })).sum).toBe(10 + 11 + 12);
      expect((await tested.summary({ match: "retry.duration", ...window })).count).toBe(6);
      expect((await tested.summary({ match: "retry.level", ...window })).last).toBe(2);
      expect(await tested.points(window)).toHaveLength(9);
    });

    it("ignores an old snapshot that comes after later ones", async () => {
      const instance = new TestInstance();
      const snapshots = flushes(instance);
      await tested.write(snapshots, snapshots[0]!, snapshots[1]!);
      const summary = await tested.summary({ match: "retry.calls", from: TEST_START, to: instance.end });
      expect(summary.sum).toBe(33);
    });

    it("takes the same sequence number from another instance as another snapshot", async () => {
      const [one, other] = [new TestInstance(), new TestInstance()];
      await tested.write(flushes(one), flushes(other));
      const summary = await tested.summary({ match: "retry.calls", from: TEST_START, to: one.end });
      expect(summary.sum).toBe(66);
    });

    it("counts every snapshot once under any interleaving of repeated deliveries", async () => {
      const random = new SeededRandom();
      const instances = Array.from({ length: 4 }, () => new TestInstance());
      const queues = instances.map((instance) => flushes(instance, 8));
      const delivered: MetricSnapshot[] = [];
      while (queues.some((queue) => queue.length > 0)) {
        const queue = queues[random.integer(queues.length)]!;
        const next = random.next() < 0.3 ? delivered[random.integer(delivered.length)] : queue.shift();
        if (next === undefined) continue;
        delivered.push(next);
        await tested.write(next);
      }
      const summary = await tested.summary({ match: "retry.calls", from: TEST_START, to: TEST_START + 80 });
      expect(summary.sum, `seed ${random.seed}`).toBe(4 * (8 * 10 + 28));
      expect(await tested.points({ match: "retry.calls" }), `seed ${random.seed}`).toHaveLength(32);
    });

    it("keeps apart what two backends of one process know of its series", async () => {
      const instance = new TestInstance();
      const second = await tested.another();
      try {
        const early = instance.flush([counterPoint("only.first", 1), counterPoint("both", 1)]);
        const late = instance.flush([counterPoint("both", 2)]);
        await tested.write(early, late);
        await second.backend.write(late);
        const window = { from: TEST_START, to: instance.end };
        const names = (await second.backend.summaries?.(window))?.map(({ name, sum }) => [name, sum]);
        expect(names).toEqual([["both", 2]]);
        expect((await tested.summaries(window)).map(({ name, sum }) => [name, sum])).toEqual([
          ["both", 3],
          ["only.first", 1],
        ]);
      } finally {
        await second.dispose();
      }
    });

    it("knows after opening again what it stored, or begins empty if it says that it cannot be opened again", async () => {
      const { reopen } = tested;
      const instance = new TestInstance();
      const snapshots = flushes(instance);
      await tested.write(snapshots);
      await tested.backend.close();
      const again =
        reopen === undefined ? await tested.another() : { backend: await reopen(), dispose: async () => {} };
      try {
        await again.backend.write(snapshots[2]!);
        await again.backend.write(instance.flush([counterPoint("retry.calls", 5)]));
        const found = await again.backend.summaries?.({ match: "retry.calls", from: TEST_START, to: instance.end });
        expect(found?.map(({ sum }) => sum)).toEqual([reopen === undefined ? 12 + 5 : 10 + 11 + 12 + 5]);
      } finally {
        await again.backend.close();
        await again.dispose();
      }
    });
  });
}
