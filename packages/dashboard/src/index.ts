export { type DashboardRows, dashboardRows } from "./dashboard-rows.ts";
export type {
  GrafanaDashboard,
  GrafanaDatasource,
  GrafanaInput,
  GrafanaPanel,
  GrafanaRow,
  GrafanaTarget,
  GrafanaThresholds,
  GrafanaVariable,
  GridPosition,
} from "./grafana/dashboard-json.ts";
export { type GrafanaDashboardOptions, type GrafanaSource, grafanaDashboard } from "./grafana/grafana-dashboard.ts";
export { type GrafanaFile, grafanaFiles } from "./grafana/grafana-files.ts";
export type { AlertThresholds, ThresholdsOf } from "./grafana/panel-thresholds.ts";
export { ruleThresholds, type ThresholdRule } from "./grafana/rule-thresholds.ts";
