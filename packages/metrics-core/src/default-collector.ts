import { MetricsCollector } from "./collector.ts";
import { processRegistry } from "./process-registry.ts";

/**
 * The process-wide collector. Made on first use without a backend: what is recorded before monitoring starts waits in its
 * cells and is delivered once a backend is added, so the order of imports does not matter.
 */
export function getMetricsCollector(): MetricsCollector {
  const registry = processRegistry();
  if (registry.collector === undefined) setMetricsCollector(new MetricsCollector({}));
  return registry.collector!;
}

/** Replaces the process-wide collector; `undefined` forgets it. The old one is neither flushed nor closed. */
export function setMetricsCollector(collector: MetricsCollector | undefined): void {
  const registry = processRegistry();
  registry.collector = collector;
  registry.generation++;
}
