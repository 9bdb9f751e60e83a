import { ALERT_METRICS } from "@giflab/alerting";
import {
  type DashboardLayout,
  definitionsOf,
  type MetricCatalogue,
  type MetricsReader,
  SELF_METRICS,
} from "@giflab/metrics-core";
import type { MonitoringExtension } from "@giflab/monitoring";

/** Metrics that every program can have. */
export const METRICS_EVERYWHERE: MetricCatalogue = { ...ALERT_METRICS, ...SELF_METRICS };

/** How far back from the newest data metrics are looked for. */
const KNOWN_SECONDS = 86_400;

/**
 * A layout without rows for the metrics in the store that no extension describes, and their definitions, of which rows are
 * made; `undefined` if there are none.
 */
export async function furtherMetrics(
  store: MetricsReader,
  extensions: readonly MonitoringExtension[],
): Promise<{ readonly layout: DashboardLayout; readonly metrics: MetricCatalogue } | undefined> {
  const { newest } = await store.stats();
  if (newest === undefined) return undefined;
  const described = [METRICS_EVERYWHERE, ...extensions.map(({ metrics }) => metrics)];
  const known = new Set(described.flatMap((metrics) => Object.keys(metrics)));
  const summaries = await store.summaries({ from: newest - KNOWN_SECONDS, to: newest });
  const found = definitionsOf(summaries).filter(({ name }) => !known.has(name));
  if (found.length === 0) return undefined;
  const layout = {
    name: "giflab_services",
    title: "Further metrics",
    description: "What programs record that no installed plugin describes, by system.",
    rows: [],
  };
  return { layout, metrics: Object.fromEntries(found.map(({ name, ...definition }) => [name, definition])) };
}
