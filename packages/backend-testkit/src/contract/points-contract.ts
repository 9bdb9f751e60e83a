import { MergedSketch, type MetricPoint } from "@giflab/metrics-core";
import { describe, expect, it } from "vitest";
import type { BackendUnderTest } from "../backend-under-test.ts";
import { counterPoint, gaugePoint, timerPoint } from "../snapshot-points.ts";
import { TEST_START, TestInstance } from "../test-instance.ts";

/** Every stored point, in time order, without a limit. */
export function pointsContract(tested: BackendUnderTest): void {
  const keyOf = (point: MetricPoint) =>
    JSON.stringify([point.instance.writerId, point.timestamp, point.name, point.tags]);

  describe("points", () => {
    it("gives back what was written", async () => {
      const instance = new TestInstance({ service: "api" });
      const tags = { a: "x" };
      await tested.write(
        instance.flush([
          counterPoint("p.counter", 3, { tags, unit: "{call}" }),
          gaugePoint("p.gauge", -1.5),
          timerPoint("p.timer", [0.5, 0.25]),
        ]),
      );
      const points = (await tested.points()).sort((a, b) => (a.name < b.name ? -1 : 1));
      const base = { instance: instance.identity, timestamp: instance.end, resolutionSeconds: 10 };
      expect(points).toMatchObject([
        { ...base, kind: "counter", name: "p.counter", value: 3, tags, unit: "{call}" },
        { ...base, kind: "gauge", name: "p.gauge", value: -1.5, tags: {} },
        { ...base, kind: "timer", name: "p.timer", unit: "s", count: 2, sum: 0.75, min: 0.25, max: 0.5, last: 0.25 },
      ]);
    });

    it("gives buckets that merge into the quantiles of the summary", async () => {
      const instance = new TestInstance();
      await tested.write(instance.flushes(5, (i) => [timerPoint("p.buckets", [0.1 * (i + 1), 0.01, 3])]));
      const merged = new MergedSketch();
      for (const point of await tested.points({ match: "p.buckets" })) {
        if (point.kind !== "timer") throw new Error(`unexpected ${point.kind}`);
        merged.add({ ...point, ...point.buckets });
      }
      const summary = await tested.summary({ match: "p.buckets", from: TEST_START, to: instance.end });
      expect(merged.count).toBe(15);
      expect([merged.quantile(0.5), merged.quantile(0.95)]).toEqual([summary.p50, summary.p95]);
    });

    it("streams thousands in time order with nothing missing and nothing twice", async () => {
      const instances = Array.from({ length: 3 }, (_, i) => new TestInstance({ start: TEST_START + i * 3 }));
      const written = new Set<string>();
      for (const instance of instances) {
        for (const snapshot of instance.flushes(40, (i) =>
          Array.from({ length: 30 }, (_, n) => counterPoint("p.many", i + 1, { tags: { n: String(n) } })),
        )) {
          for (const { series } of snapshot.points) {
            written.add(JSON.stringify([instance.identity.writerId, snapshot.end, series.name, series.tags]));
          }
          await tested.write(snapshot);
        }
      }
      const points = await tested.points();
      expect(points).toHaveLength(3600);
      expect(new Set(points.map(keyOf))).toEqual(written);
      expect(points.every((point, i) => i === 0 || point.timestamp >= points[i - 1]!.timestamp)).toBe(true);
    });

    it("pages through more points of one moment than a page holds", async () => {
      const snapshots = Array.from({ length: 150 }, () =>
        new TestInstance().flush(Array.from({ length: 20 }, (_, n) => gaugePoint(`p.same.${n}`, n))),
      );
      await tested.write(snapshots);
      const points = await tested.points({ from: TEST_START, to: TEST_START + 10 });
      expect(new Set(points.map(keyOf)).size).toBe(3000);
      expect(points).toHaveLength(3000);
    });

    it("takes windows as `(from, to]`, each end optional", async () => {
      const instance = new TestInstance();
      await tested.write(instance.flushes(4, (i) => [counterPoint("p.window", i)]));
      const times = async (window: object) =>
        (await tested.points(window)).map(({ timestamp }) => timestamp - TEST_START);
      expect(await times({ from: TEST_START + 10, to: TEST_START + 30 })).toEqual([20, 30]);
      expect(await times({ from: TEST_START + 20 })).toEqual([30, 40]);
      expect(await times({ to: TEST_START + 20 })).toEqual([10, 20]);
      expect(await times({})).toEqual([10, 20, 30, 40]);
    });

    it("bears writes between two pages and gives every earlier point once", async () => {
      const instance = new TestInstance();
      const points = (name: string) => Array.from({ length: 50 }, (_, n) => counterPoint(`${name}.${n}`, 1));
      await tested.write(instance.flushes(60, () => points("p.old")));
      const seen: string[] = [];
      for await (const point of tested.reader.points({})) {
        if (point.name.startsWith("p.old")) seen.push(keyOf(point));
        if (seen.length % 500 === 0) await tested.write(instance.flush(points("p.new")));
      }
      expect(seen).toHaveLength(3000);
      expect(new Set(seen).size).toBe(3000);
    });

    it("may be left early", async () => {
      const instance = new TestInstance();
      await tested.write(instance.flushes(30, () => [counterPoint("p.early", 1)]));
      for await (const point of tested.reader.points({})) {
        expect(point.timestamp).toBe(TEST_START + 10);
        break;
      }
      await tested.write(instance.flush([counterPoint("p.early", 1)]));
      expect(await tested.points()).toHaveLength(31);
    });
  });
}
