import { describe, expect, it } from "vitest";
import { ManualClock, MemoryBackend, MetricsCollector } from "../src/index.ts";

/** Two processes that write into one store, flushed together. */
const twoProcesses = () => {
  const clock = new ManualClock();
  const memory = new MemoryBackend();
  const write = (snapshot: Parameters<MemoryBackend["write"]>[0]): void => memory.write(snapshot);
  const backend = { name: "memory", write, writeSync: write, close: async () => {} };
  const processes = ["a", "b"].map(
    (service) => new MetricsCollector({ backends: [backend], clock, service, handleSignals: false }),
  );
  const flush = async (): Promise<void> => {
    clock.advance(10);
    for (const process of processes) await process.flush();
  };
  return { clock, memory, processes, flush };
};

describe("what lies before a window", () => {
  it("counts by what each process stated last, in whatever order its series came", async () => {
    const { clock, memory, processes, flush } = twoProcesses();
    const [a, b] = processes as [MetricsCollector, MetricsCollector];
    a.gauge("size", { merge: "sum" }).set(1);
    await flush();
    a.gauge("other").set(7);
    a.gauge("size", { merge: "sum" }).set(2);
    b.gauge("size", { merge: "sum" }).set(10);
    await flush();
    b.gauge("size", { merge: "sum" }).set(20);
    await flush();
    const from = clock.now();
    await flush();
    const found = await memory.summaries({ match: ["size", "other"], from, to: clock.now() });
    expect(found.map(({ name, last, lastSeen }) => [name, last, lastSeen])).toEqual([
      ["other", 7, from - 10],
      ["size", 22, from],
    ]);
    for (const process of processes) await process.close();
  });
});
