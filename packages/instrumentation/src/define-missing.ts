import { isMetricsError, type MetricCatalogue, type MetricsCollector } from "@giflab/metrics-core";

/** Declares what a catalogue has not declared already: whoever was first keeps its unit, formula and kind. */
export function defineMissing(collector: MetricsCollector, catalogue: MetricCatalogue): void {
  for (const [name, definition] of Object.entries(catalogue)) {
    try {
      collector.define({ [name]: definition });
    } catch (error) {
      if (!isMetricsError(error, "METRIC_CONFLICT")) throw error;
    }
  }
}
