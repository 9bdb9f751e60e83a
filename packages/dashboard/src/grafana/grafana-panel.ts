import type { DashboardPanel } from "@giflab/metrics-core";
import type { GrafanaDatasource, GrafanaPanel, GridPosition } from "./dashboard-json.ts";
import type { FindMetric } from "./find-metric.ts";
import { grafanaThresholds, type ThresholdsOf } from "./panel-thresholds.ts";
import { grafanaUnit } from "./panel-unit.ts";
import type { QueryLanguage } from "./query-language.ts";

export interface PanelContext {
  readonly datasource: GrafanaDatasource;
  readonly language: QueryLanguage;
  readonly find: FindMetric;
  readonly thresholds: ThresholdsOf;
}

const REFERENCES = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const NEWEST = { values: false, calcs: ["lastNotNull"], fields: "" };

/** A panel of the classic model. Unit and thresholds are those of its first line; a line with another unit gets its own. */
export function grafanaPanel(
  panel: DashboardPanel,
  place: { readonly id: number; readonly gridPos: GridPosition },
  { datasource, language, find, thresholds }: PanelContext,
): GrafanaPanel {
  const { title, description, view, lines } = panel;
  const first = lines[0]!;
  const unit = grafanaUnit(first, find(first.metric));
  const watched = lines.map(thresholds);
  const colours = grafanaThresholds(watched[0], first, find(first.metric));
  const targets = lines.map((line, position) => ({
    refId: REFERENCES[position]!,
    datasource,
    ...language.target(line, find),
  }));
  const overrides = lines.flatMap((line, position) => {
    const own = grafanaUnit(line, find(line.metric));
    const properties = [
      ...(own === unit ? [] : [{ id: "unit", value: own }]),
      ...(line.axis === "right" ? [{ id: "custom.axisPlacement", value: "right" }] : []),
    ];
    const matcher = { id: "byFrameRefID", options: REFERENCES[position]! };
    return properties.length === 0 ? [] : [{ matcher, properties }];
  });
  return {
    type: view,
    ...place,
    title,
    description,
    datasource,
    targets,
    fieldConfig: {
      defaults: {
        unit,
        thresholds: colours,
        color: { mode: view === "timeseries" ? "palette-classic" : "thresholds" },
        ...(unit === "percentunit" ? { min: 0, max: 1 } : view === "timeseries" ? { min: 0 } : {}),
        ...(view === "timeseries" ? { custom: lineStyle(colours.steps.length > 1) } : {}),
      },
      overrides,
    },
    options: optionsOf(view),
  };
}

function lineStyle(watched: boolean): Readonly<Record<string, unknown>> {
  return {
    drawStyle: "line",
    lineWidth: 1,
    fillOpacity: 10,
    showPoints: "never",
    spanNulls: false,
    axisPlacement: "auto",
    thresholdsStyle: { mode: watched ? "line" : "off" },
  };
}

function optionsOf(view: DashboardPanel["view"]): Readonly<Record<string, unknown>> {
  if (view === "timeseries") {
    return {
      legend: { displayMode: "list", placement: "bottom", showLegend: true },
      tooltip: { mode: "multi", sort: "desc" },
    };
  }
  const shared = { reduceOptions: NEWEST, orientation: "auto" };
  if (view === "gauge") return { ...shared, showThresholdLabels: false, showThresholdMarkers: true };
  return { ...shared, colorMode: "value", graphMode: "area", justifyMode: "auto", textMode: "value_and_name" };
}
