import { type NodeGCPerformanceDetail, PerformanceObserver, performance } from "node:perf_hooks";
import { defineMetrics, type MetricsCollector } from "@giflab/metrics-core";

const MB = 2 ** 20;
const LATENESS_EVERY_MS = 50;
const GC_KINDS: Readonly<Record<number, string>> = { 1: "minor", 2: "minor", 4: "major", 8: "incremental", 16: "weak" };

const METRICS = defineMetrics({
  "process.memory": { kind: "gauge", unit: "MB", merge: "sum" },
  "process.cpu.seconds": { kind: "counter", unit: "s" },
  "process.faults": { kind: "counter" },
  "process.context_switches": { kind: "counter" },
  "process.event_loop.utilization": { kind: "gauge", unit: "1", merge: "max" },
  "process.event_loop.delay": { kind: "timer", unit: "s" },
  "process.gc.duration": { kind: "timer", unit: "s" },
});

/** Records what the process itself does: memory, processor time, event loop and garbage collection. Returns what ends it. */
export function recordProcess(collector: MetricsCollector): () => void {
  collector.define(METRICS);
  const endReading = collector.onCollect(readings(collector));
  const delay = collector.timer("process.event_loop.delay");
  let due = performance.now() + LATENESS_EVERY_MS;
  const lateness = setInterval(() => {
    const now = performance.now();
    delay.record(Math.max(0, now - due) / 1000);
    due = now + LATENESS_EVERY_MS;
  }, LATENESS_EVERY_MS);
  lateness.unref();
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      const { detail } = entry as unknown as { readonly detail: NodeGCPerformanceDetail };
      collector.recordTimer("process.gc.duration", entry.duration / 1000, {
        kind: GC_KINDS[detail.kind ?? 0] ?? "other",
      });
    }
  });
  observer.observe({ entryTypes: ["gc"] });
  return () => {
    endReading();
    clearInterval(lateness);
    observer.disconnect();
  };
}

function readings(collector: MetricsCollector): () => void {
  const memory = ["rss", "heapTotal", "heapUsed", "external", "arrayBuffers"] as const;
  const gauges = memory.map((kind) => collector.gauge("process.memory", { tags: { kind } }));
  const utilization = collector.gauge("process.event_loop.utilization");
  let loop = performance.eventLoopUtilization();
  let used = process.resourceUsage();
  return () => {
    const bytes = process.memoryUsage();
    for (const [i, kind] of memory.entries()) gauges[i]!.set(bytes[kind] / MB);
    utilization.set(performance.eventLoopUtilization(loop).utilization);
    loop = performance.eventLoopUtilization();
    const now = process.resourceUsage();
    const add = (name: string, field: keyof NodeJS.ResourceUsage, tags: Record<string, string>, unit = 1): void =>
      collector.recordCounter(name, (now[field] - used[field]) * unit, tags);
    add("process.cpu.seconds", "userCPUTime", { mode: "user" }, 1e-6);
    add("process.cpu.seconds", "systemCPUTime", { mode: "system" }, 1e-6);
    add("process.faults", "minorPageFault", { kind: "minor" });
    add("process.faults", "majorPageFault", { kind: "major" });
    add("process.context_switches", "voluntaryContextSwitches", { kind: "voluntary" });
    add("process.context_switches", "involuntaryContextSwitches", { kind: "involuntary" });
    used = now;
  };
}
