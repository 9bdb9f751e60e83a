import { isMetricsError, type MetricCatalogue, type MetricsCollector } from "@giflab/metrics-core";

/** Declares a catalogue; a metric that was recorded or declared differently before keeps what it has, and that is said. */
export function defineMissing(collector: MetricsCollector, catalogue: MetricCatalogue): void {
  for (const [name, definition] of Object.entries(catalogue)) {
    try {
      collector.define({ [name]: definition });
    } catch (error) {
      if (!isMetricsError(error)) throw error;
      collector.reportError(error.code.toLowerCase(), error);
    }
  }
}
