import { describe, expect, it } from "vitest";
import { RunningTotals } from "../../src/exposition/index.ts";
import { MergedSketch, MetricsCollector } from "../../src/index.ts";
import { ManualClock } from "../../src/manual-clock.ts";
import type { MetricSnapshot } from "../../src/snapshot.ts";

describe("RunningTotals", () => {
  it("adds up what an instance recorded, once, though snapshots come again and definitions gain words", async () => {
    const totals = new RunningTotals(() => new MergedSketch());
    const snapshots: MetricSnapshot[] = [];
    const clock = new ManualClock();
    const collector = new MetricsCollector({
      clock,
      handleSignals: false,
      backends: [
        {
          name: "totals",
          write: (snapshot) => {
            snapshots.push(snapshot);
            totals.add(snapshot);
            expect(totals.add(snapshot)).toBe(false);
          },
          close: () => Promise.resolve(),
        },
      ],
    });
    const flush = async () => {
      clock.advance(10);
      await collector.flush();
    };
    collector.counter("jobs", { tags: { kind: "a" } }).add(3);
    collector.gauge("size").set(5);
    collector.timer("load").record(0.5);
    await flush();
    collector.counter("jobs", { tags: { kind: "a" }, description: "Jobs done" }).add(4);
    collector.gauge("size").set(-1);
    collector.timer("load").record(2);
    await flush();
    const found = (name: string) => totals.all.filter(({ series }) => series.name === name);
    expect(found("jobs")).toMatchObject([{ value: 7, series: { definition: { description: "Jobs done" } } }]);
    expect(found("size")).toMatchObject([{ value: -1, statedAt: snapshots[1]!.end }]);
    expect(found("load")).toMatchObject([{ distribution: { count: 2, sum: 2.5, min: 0.5, max: 2 } }]);
    await collector.close();
  });
});
