import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { MemoryBackend, MetricsCollector, setMetricsCollector } from "@giflab/metrics-core";
import { timesFaster } from "../figure.ts";
import type { Contestant } from "../interleaved-run.ts";
import type { HotPathSuite, PreparedSuite } from "./hot-path-suite.ts";
import { WorkerThreadDesk } from "./worker-thread-desk.ts";

const SHARED = "ours, worker thread that has joined";
const PLAIN = "the same, with a collector of its own";

async function prepare(contestants: readonly [name: string, number: number][]): Promise<PreparedSuite> {
  const collector = new MetricsCollector({ backends: [new MemoryBackend()], handleSignals: false });
  setMetricsCollector(collector);
  const desk = new WorkerThreadDesk();
  const worker = new Worker(new URL("./worker-thread-entry.ts", import.meta.url), { workerData: desk.buffer });
  await once(worker, "online");
  return {
    contestants: contestants.map(([name, number]): Contestant => ({ name, run: (count) => desk.ask(number, count) })),
    elsewhere: true,
    close: async () => {
      await worker.terminate();
      setMetricsCollector(undefined);
      await collector.close();
    },
  };
}

/** `add(1)` on shared cells beside ordinary ones, both in one worker thread. */
export const threadCounterSuite: HotPathSuite = {
  title: "counter.add(1) in a worker thread",
  prepare: () =>
    prepare([
      [SHARED, 0],
      [PLAIN, 1],
    ]),
  figures: [timesFaster(SHARED, PLAIN, 0.9)],
};

/** `record(value)` on shared cells beside ordinary ones, both in one worker thread. */
export const threadHistogramSuite: HotPathSuite = {
  title: "histogram.record(value) in a worker thread",
  prepare: () =>
    prepare([
      [SHARED, 2],
      [PLAIN, 3],
    ]),
  figures: [timesFaster(SHARED, PLAIN, 0.9)],
};
