import type { DashboardLayout, DashboardLine, DashboardRow, MetricCatalogue } from "@giflab/metrics-core";
import { isMetricsError, MetricsError } from "@giflab/metrics-core";
import { dashboardRows } from "../dashboard-rows.ts";
import type { GrafanaDashboard, GrafanaPanel, GrafanaRow, GrafanaVariable } from "./dashboard-json.ts";
import { metricFinder } from "./find-metric.ts";
import { grafanaPanel, type PanelContext } from "./grafana-panel.ts";
import { influxdbLanguage } from "./influxdb-language.ts";
import type { ThresholdsOf } from "./panel-thresholds.ts";
import { prometheusLanguage } from "./prometheus-language.ts";
import type { QueryLanguage } from "./query-language.ts";

export type GrafanaSource = "prometheus" | "influxdb";

export interface GrafanaDashboardOptions {
  readonly layout: DashboardLayout;
  /** Every metric that the layout shows, those of alerts and of monitoring itself included. Others get rows of their own, closed. */
  readonly catalogue: MetricCatalogue;
  /** Which database it reads. */
  readonly source: GrafanaSource;
  /** Thresholds of the alert rules in force; default: none. */
  readonly thresholds?: ThresholdsOf | undefined;
  /**
   * False (default): a dashboard with a variable for its data source, for provisioning and the HTTP API.
   * True: the variant that Grafana's own export writes (`__inputs`), which asks for the data source at import.
   */
  readonly forImport?: boolean | undefined;
}

const LANGUAGES: Readonly<Record<GrafanaSource, QueryLanguage>> = {
  prometheus: prometheusLanguage,
  influxdb: influxdbLanguage,
};

const PAGE_WIDTH = 24;
const PANEL_WIDTH = 8;
const PANEL_HEIGHT = 8;

/**
 * A Grafana dashboard (classic model, schema version 42) of a layout: its rows, one for alerts, one for monitoring
 * itself, and closed ones for what is left of the catalogue. The same input gives the same JSON, so that it can be kept
 * under version control.
 *
 * Throws `INVALID_OPTION` when a panel shows a metric that is in no catalogue, or a statistic its database cannot answer.
 */
export function grafanaDashboard(options: GrafanaDashboardOptions): GrafanaDashboard {
  const { layout, catalogue, source, thresholds = () => undefined, forImport = false } = options;
  if (!/^[a-z][a-z0-9_]{0,39}$/.test(layout.name)) {
    throw new MetricsError("INVALID_OPTION", `a layout's name is 1 to 40 of a-z, 0-9 and _, got ${layout.name}`);
  }
  const language = LANGUAGES[source];
  const input = `DS_${source.toUpperCase()}`;
  const datasource = { type: language.plugin, uid: `\${${forImport ? input : "datasource"}}` };
  const find = metricFinder(catalogue);
  const rows = dashboardRows(layout, catalogue);
  const closed = rows.closed.map((row) => ({
    ...row,
    panels: row.panels.filter(({ lines }) => lines.every((line) => canAnswer(line, { language, datasource, find }))),
  }));
  const variables = [...(forImport ? [] : [datasourceVariable(language)]), ...language.variables(datasource)];
  return {
    ...(forImport ? importParts(input, language) : {}),
    title: layout.title,
    uid: `${layout.name.replaceAll("_", "-")}-${source}`,
    description: layout.description,
    tags: ["giflab", "performance"],
    schemaVersion: 42,
    version: 1,
    editable: false,
    graphTooltip: 1,
    refresh: "10s",
    time: { from: "now-1h", to: "now" },
    timezone: "browser",
    templating: { list: variables },
    annotations: { list: [] },
    links: [],
    panels: placed(
      rows.open,
      closed.filter(({ panels }) => panels.length > 0),
      { datasource, language, find, thresholds },
    ),
  };
}

/** Panels from left to right, a row's title above each group. Closed rows hold their panels, as Grafana has it. */
function placed(
  open: readonly DashboardRow[],
  closed: readonly DashboardRow[],
  context: PanelContext,
): (GrafanaPanel | GrafanaRow)[] {
  const all: (GrafanaPanel | GrafanaRow)[] = [];
  let id = 0;
  let y = 0;
  const rowOf = (title: string, collapsed: boolean): GrafanaRow => ({
    type: "row",
    id: ++id,
    title,
    collapsed,
    gridPos: { x: 0, y: y++, w: PAGE_WIDTH, h: 1 },
    panels: [],
  });
  const panelsOf = ({ panels }: DashboardRow): GrafanaPanel[] => {
    let x = 0;
    const made = panels.map((panel) => {
      const w = panel.width ?? PANEL_WIDTH;
      if (x + w > PAGE_WIDTH) {
        x = 0;
        y += PANEL_HEIGHT;
      }
      const gridPos = { x, y, w, h: PANEL_HEIGHT };
      x += w;
      return grafanaPanel(panel, { id: ++id, gridPos }, context);
    });
    y += PANEL_HEIGHT;
    return made;
  };
  for (const row of open) all.push(rowOf(row.title, false), ...panelsOf(row));
  for (const row of closed) {
    const title = rowOf(row.title, true);
    // A closed row takes no room beyond its title.
    const below = y;
    all.push({ ...title, panels: panelsOf(row) });
    y = below;
  }
  return all;
}

/** Panels that nobody has asked for are left out where a database cannot answer them. */
function canAnswer(line: DashboardLine, { language, find, datasource }: Omit<PanelContext, "thresholds">): boolean {
  try {
    language.targets(line, { find, datasource, nextReference: () => "A" });
    return true;
  } catch (error) {
    if (isMetricsError(error, "INVALID_OPTION")) return false;
    throw error;
  }
}

function datasourceVariable({ plugin, pluginName }: QueryLanguage): GrafanaVariable {
  return {
    name: "datasource",
    label: "Data source",
    type: "datasource",
    query: plugin,
    current: { selected: false, text: pluginName, value: plugin },
    hide: 0,
  };
}

function importParts(
  name: string,
  { plugin, pluginName }: QueryLanguage,
): Pick<GrafanaDashboard, "__inputs" | "__requires"> {
  return {
    __inputs: [
      {
        name,
        label: pluginName,
        description: "Where the metrics are",
        type: "datasource",
        pluginId: plugin,
        pluginName,
      },
    ],
    __requires: [
      { type: "grafana", id: "grafana", name: "Grafana", version: "11.0.0" },
      { type: "datasource", id: plugin, name: pluginName, version: "1.0.0" },
      ...["gauge", "stat", "timeseries"].map((id) => ({ type: "panel", id, name: id, version: "" })),
    ],
  };
}
