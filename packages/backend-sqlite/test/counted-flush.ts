import { counterPoint, gaugePoint, type TestInstance, timerPoint } from "@giflab/backend-testkit";
import type { MetricSnapshot } from "@giflab/metrics-core";

/**
 * Points of snapshot `sequence`: with it as their value, what is lost cannot make up for what is doubled.
 * @param gauges how many more there are, to fill a store.
 */
export function countedFlush(instance: TestInstance, sequence: number, gauges = 0): MetricSnapshot {
  return instance.flush([
    counterPoint("calls", sequence),
    gaugePoint("level", sequence),
    timerPoint("load", [sequence, sequence]),
    ...Array.from({ length: gauges }, (_, at) => gaugePoint("ballast", Math.random(), { tags: { at: String(at) } })),
  ]);
}
