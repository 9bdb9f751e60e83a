// A worker thread that has joined the bench's collector, with a collector of its own beside it: the same handles on shared
// cells and on ordinary ones.
import { workerData } from "node:worker_threads";
import { getMetricsCollector, MemoryBackend, MetricsCollector } from "@giflab/metrics-core";
import { useInEarnest } from "../used-in-earnest.ts";
import { WorkerThreadDesk } from "./worker-thread-desk.ts";

const TAGS = { cache: "frame", tier: "memory" };
const joined = getMetricsCollector();
if (!joined.joined) throw new Error("the bench's collector accepts no threads");
const alone = new MetricsCollector({ backends: [new MemoryBackend()], handleSignals: false });
for (const collector of [joined, alone]) {
  useInEarnest((name, tags) => {
    const counter = collector.counter(name, { tags });
    const histogram = collector.histogram(`${name}.values`, { tags });
    return (amount) => {
      counter.add(amount);
      histogram.record(amount);
    };
  });
}
const [shared, plain] = [
  joined.counter("bench.counter", { tags: TAGS }),
  alone.counter("bench.counter", { tags: TAGS }),
];
const [sharedValues, plainValues] = [joined.histogram("bench.values"), alone.histogram("bench.values")];

new WorkerThreadDesk(workerData).serve([
  (count) => {
    for (let i = 0; i < count; i++) shared.add(1);
  },
  (count) => {
    for (let i = 0; i < count; i++) plain.add(1);
  },
  (count) => {
    for (let i = 0; i < count; i++) sharedValues.record(i & 1023);
  },
  (count) => {
    for (let i = 0; i < count; i++) plainValues.record(i & 1023);
  },
]);
