import { MetricsCollector } from "./collector.ts";
import { processRegistry } from "./process-registry.ts";
import { ThreadLink } from "./threads/thread-link.ts";

/**
 * The process-wide collector. Made on first use without a backend: what is recorded before monitoring starts waits in its
 * cells and is delivered once a backend is added, so the order of imports does not matter. In a worker thread that was started
 * after its main thread had a backend, it is `joined`: the main thread delivers what is recorded.
 */
export function getMetricsCollector(): MetricsCollector {
  const registry = processRegistry();
  if (registry.collector === undefined) setMetricsCollector(new MetricsCollector({}, ThreadLink.join()));
  return registry.collector!;
}

/**
 * Replaces the process-wide collector; `undefined` forgets it. The old one is neither flushed nor closed, and no more worker
 * threads join it.
 */
export function setMetricsCollector(collector: MetricsCollector | undefined): void {
  const registry = processRegistry();
  if (registry.collector !== collector) registry.collector?.refuseThreads();
  registry.collector = collector;
  registry.generation++;
  if (collector !== undefined && collector.backends.length > 0) collector.acceptThreads();
}
