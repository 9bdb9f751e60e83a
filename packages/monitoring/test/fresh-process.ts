import { processRegistry, setMetricsCollector } from "@giflab/metrics-core";
import { activeMonitoring } from "../src/active-monitoring.ts";

/** Stops monitoring and forgets collector, extensions and alert rules, as if the process had just begun. */
export async function freshProcess(): Promise<void> {
  await (await activeMonitoring()?.catch(() => undefined))?.stop();
  setMetricsCollector(undefined);
  const registry = processRegistry();
  registry.extensions.clear();
  registry.alertManager = undefined;
}
