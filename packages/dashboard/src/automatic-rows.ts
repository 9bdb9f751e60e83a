import type { DashboardPanel, DashboardRow, MetricCatalogue, NamedDefinition } from "@giflab/metrics-core";

/** A row for each system of the catalogue with a panel for each of its metrics, merged over tags; `shown` ones are left out. */
export function automaticRows(catalogue: MetricCatalogue, shown: ReadonlySet<string> = new Set()): DashboardRow[] {
  const rest = Object.entries(catalogue)
    .filter(([name]) => !shown.has(name))
    .map(([name, definition]): NamedDefinition => ({ name, ...definition }));
  const systems = Map.groupBy(rest, ({ system }) => system ?? "other");
  return [...systems].map(([system, metrics]) => ({
    title: `More of ${system}`,
    panels: metrics.map(panelOf),
  }));
}

function panelOf(metric: NamedDefinition): DashboardPanel {
  const { name, description, kind } = metric;
  const legend = (kind === "derived" ? (metric.groupBy ?? []) : []).map((tag) => `{{${tag}}}`).join(" ") || name;
  const said = description ?? `${name}, a ${kind}`;
  return {
    title: name,
    description: /[.!?]$/.test(said) ? said : `${said}.`,
    view: "timeseries",
    width: 6,
    lines:
      kind === "timer" || kind === "histogram"
        ? [
            { metric: name, statistic: "p50", legend: "p50" },
            { metric: name, statistic: "p95", legend: "p95" },
          ]
        : [{ metric: name, legend }],
  };
}
