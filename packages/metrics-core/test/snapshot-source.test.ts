import { describe, expect, it } from "vitest";
import {
  ManualClock,
  MemoryBackend,
  type MetricSnapshot,
  type MetricsBackend,
  MetricsCollector,
  type SnapshotSource,
} from "../src/index.ts";

/** A backend that asks for the present, as one does that is scraped. */
class AskingBackend implements MetricsBackend {
  readonly name = "asking";
  readonly snapshots: MetricSnapshot[] = [];
  source: SnapshotSource | undefined;
  refuse = false;
  attach(source: SnapshotSource): void {
    this.source = source;
  }
  write(snapshot: MetricSnapshot): void {
    if (this.refuse) throw new Error("down");
    this.snapshots.push(snapshot);
  }
  async close(): Promise<void> {}
  get total(): number {
    const points = this.snapshots.flatMap((snapshot) => snapshot.points);
    return points.reduce((sum, point) => sum + (point.kind === "counter" ? point.delta : 0), 0);
  }
}

function start(): { clock: ManualClock; asking: AskingBackend; memory: MemoryBackend; collector: MetricsCollector } {
  const clock = new ManualClock();
  const [asking, memory] = [new AskingBackend(), new MemoryBackend()];
  const collector = new MetricsCollector({ backends: [asking, memory], clock, service: "test", onWarning: () => {} });
  return { clock, asking, memory, collector };
}

describe("a backend that asks for the present", () => {
  it("gets what was recorded up to now, and takes nothing from the others", async () => {
    const { clock, asking, memory, collector } = start();
    const [counter, timer] = [collector.counter("calls"), collector.timer("call")];
    counter.add(3);
    timer.record(5);
    clock.advance(4);
    await asking.source?.deliver();
    expect(asking.total).toBe(3);
    expect((await memory.stats()).points).toBe(0);
    counter.add(4);
    timer.record(2);
    clock.advance(6);
    await collector.flush();
    expect(asking.total).toBe(7);
    expect(asking.snapshots.map(({ sequence, start, end }) => [sequence, end - start])).toEqual([
      [1, 4],
      [2, 6],
    ]);
    const window = { from: clock.now() - 10, to: clock.now() };
    expect(await memory.summaries({ match: "calls", ...window })).toMatchObject([{ sum: 7, covered: 10 }]);
    expect(await memory.summaries({ match: "call", ...window })).toMatchObject([{ count: 2, min: 2, max: 5 }]);
    await collector.close();
  });

  it("reads gauges through the callbacks of the collector", async () => {
    const { clock, asking, collector } = start();
    const depth = collector.gauge("depth");
    collector.onCollect(() => depth.set(clock.now()));
    clock.advance(1);
    await asking.source?.deliver();
    expect(asking.snapshots[0]?.points).toMatchObject([{ kind: "gauge", value: clock.now() }]);
    await collector.close();
  });

  it("is not disturbed by its own refusal: what waits comes with the next question", async () => {
    const { clock, asking, collector } = start();
    collector.counter("calls").add(1);
    asking.refuse = true;
    clock.advance(1);
    await asking.source?.deliver();
    asking.refuse = false;
    clock.advance(1);
    await asking.source?.deliver();
    expect(asking.total).toBeGreaterThanOrEqual(1);
    expect(asking.snapshots.map(({ sequence }) => sequence)).toEqual([1, 2]);
    await collector.close();
  });

  it("has what it lost of an accepted snapshot counted as dropped, and said once", async () => {
    const [asking, memory, clock] = [new AskingBackend(), new MemoryBackend(), new ManualClock()];
    const warnings: string[] = [];
    const onWarning = (message: string): void => void warnings.push(message);
    const collector = new MetricsCollector({ backends: [asking, memory], clock, service: "test", onWarning });
    asking.source?.dropped(2, "the line is too long");
    asking.source?.dropped(3, "the line is too long");
    clock.advance(1);
    await collector.flush();
    const window = { match: "giflab.monitoring.dropped", from: clock.now() - 1, to: clock.now() };
    expect(await memory.summaries(window)).toMatchObject([{ sum: 5, tags: { backend: "asking" } }]);
    expect(warnings).toEqual([expect.stringContaining("2 metric points were dropped (the line is too long)")]);
    await collector.close();
  });

  it("gets nothing more once the collector is closed", async () => {
    const { clock, asking, collector } = start();
    await collector.close();
    const before = asking.snapshots.length;
    clock.advance(1);
    await asking.source?.deliver();
    expect(asking.snapshots).toHaveLength(before);
  });

  it("is used all the same when it throws on being added", async () => {
    const asking = new AskingBackend();
    asking.attach = () => {
      throw new Error("not today");
    };
    const collector = new MetricsCollector({ backends: [asking], service: "test", onWarning: () => {} });
    collector.counter("calls").add(2);
    await collector.close();
    const points = asking.snapshots.flatMap((snapshot) => snapshot.points);
    expect(points).toContainEqual(expect.objectContaining({ kind: "counter", delta: 2 }));
    expect(points.find(({ series }) => series.name === "giflab.monitoring.errors")?.series.tags).toEqual({
      reason: "write_failed",
    });
  });
});
