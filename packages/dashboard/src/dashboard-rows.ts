import type { DashboardLayout, DashboardRow, MetricCatalogue } from "@giflab/metrics-core";
import { automaticRows } from "./automatic-rows.ts";
import { ALERT_ROW, MONITORING_ROW } from "./standing-rows.ts";

/** Everything that a dashboard of a layout shows. */
export interface DashboardRows {
  /** Those of the layout, one for alerts and one for monitoring itself, where the catalogue has their metrics. */
  readonly open: readonly DashboardRow[];
  /** One for each system with what is left of its metrics. */
  readonly closed: readonly DashboardRow[];
}

export function dashboardRows(layout: DashboardLayout, catalogue: MetricCatalogue): DashboardRows {
  const known = ({ panels }: DashboardRow) =>
    panels.every(({ lines }) => lines.every(({ metric }) => Object.hasOwn(catalogue, metric)));
  const open = [...layout.rows, ...[ALERT_ROW, MONITORING_ROW].filter(known)];
  return { open, closed: automaticRows(catalogue, new Set(open.flatMap(metricsOf))) };
}

function metricsOf({ panels }: DashboardRow): string[] {
  return panels.flatMap(({ lines }) =>
    lines.flatMap(({ metric, limit }) => (limit === undefined ? [metric] : [metric, limit])),
  );
}
