import type { DashboardLine, DashboardPanel } from "@giflab/metrics-core";
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

const NEWEST = { values: false, calcs: ["lastNotNull"], fields: "" };

/** A panel of the classic model. Unit and thresholds are those of its first line; a line with another unit gets its own. */
export function grafanaPanel(
  panel: DashboardPanel,
  place: { readonly id: number; readonly gridPos: GridPosition },
  { datasource, language, find, thresholds }: PanelContext,
): GrafanaPanel {
  const { title, description, view, lines } = panel;
  const first = lines[0]!;
  const unitOf = (line: DashboardLine) => grafanaUnit(line, find(line.metric), language.baseUnits);
  const unit = unitOf(first);
  const colours = grafanaThresholds(thresholds(first), first, find(first.metric), language.baseUnits);
  let references = 0;
  const nextReference = () => referenceName(references++);
  const drawn = lines.map((line) => ({ line, targets: language.targets(line, { find, datasource, nextReference }) }));
  const overrides = drawn.flatMap(({ line, targets }) => {
    const last = targets.at(-1)!;
    const properties = [
      ...(unitOf(line) === unit ? [] : [{ id: "unit", value: unitOf(line) }]),
      ...(line.axis === "right" ? [{ id: "custom.axisPlacement", value: "right" }] : []),
      // A calculation cannot name its results itself.
      ...(last.type === "math" ? [{ id: "displayName", value: labelName(`${line.legend} {{instance}}`) }] : []),
    ];
    return properties.length === 0 ? [] : [{ matcher: { id: "byFrameRefID", options: last.refId }, properties }];
  });
  return {
    type: view,
    ...place,
    title,
    description,
    datasource,
    ...(language.leastInterval === undefined ? {} : { interval: language.leastInterval }),
    targets: drawn.flatMap(({ targets }) => targets),
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

/** A, B, ... Z, AA, AB, ... */
function referenceName(place: number): string {
  const letter = String.fromCharCode(65 + (place % 26));
  return place < 26 ? letter : referenceName(Math.floor(place / 26) - 1) + letter;
}

function labelName(legend: string): string {
  return legend.replace(/\{\{(.+?)\}\}/g, (_whole, tag: string) => `\${__field.labels["${tag}"]}`);
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
