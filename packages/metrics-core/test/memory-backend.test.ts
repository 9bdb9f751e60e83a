import { describe, expect, it } from "vitest";
import { ManualClock, MemoryBackend, type MetricSnapshot, MetricsCollector } from "../src/index.ts";

function setup(bufferSize?: number) {
  const clock = new ManualClock();
  const memory = new MemoryBackend(bufferSize === undefined ? {} : { bufferSize });
  // Closing the collector must not close what is asked afterwards.
  const open = { name: "open", write: (snapshot: MetricSnapshot) => memory.write(snapshot), close: async () => {} };
  const collector = new MetricsCollector({ backends: [open], clock, service: "t" });
  const flush = async (): Promise<void> => {
    clock.advance(10);
    await collector.flush();
  };
  return { clock, memory, collector, flush };
}

describe("MemoryBackend", () => {
  it("keeps the latest points and lets the oldest snapshots go", async () => {
    const { clock, memory, collector, flush } = setup(10);
    for (let i = 1; i <= 25; i++) {
      collector.recordCounter("c", i);
      await flush();
    }
    expect(await memory.stats()).toMatchObject({ snapshots: 10, points: 10, series: 1, instances: 1 });
    const [found] = await memory.summaries({ from: 0, to: clock.now() });
    expect(found?.sum).toBe(16 + 17 + 18 + 19 + 20 + 21 + 22 + 23 + 24 + 25);
  });

  it("keeps a bounded number of snapshots of a program that records nothing", async () => {
    const { memory, flush } = setup(10);
    for (let i = 0; i < 50; i++) await flush();
    expect((await memory.stats()).snapshots).toBeLessThanOrEqual(10);
  });

  it("lists an idle counter of a live program with 0, and not one of a program that has ended", async () => {
    const { clock, memory, collector, flush } = setup();
    collector.recordCounter("c", 5);
    await flush();
    for (let i = 0; i < 6; i++) await flush();
    const now = clock.now();
    expect((await memory.summaries({ from: now - 30, to: now }))[0]).toMatchObject({ sum: 0, rate: 0, covered: 30 });
    await collector.close();
    clock.advance(700);
    expect(await memory.summaries({ from: clock.now() - 30, to: clock.now() })).toEqual([]);
  });

  it.each([0, -1, 1.5, Number.NaN])("refuses a bufferSize of %d", (bufferSize) => {
    expect(() => new MemoryBackend({ bufferSize })).toThrow(expect.objectContaining({ code: "INVALID_OPTION" }));
  });
});
