import type { DashboardLine } from "@giflab/metrics-core";
import type { GrafanaDatasource, GrafanaTarget, GrafanaVariable } from "./dashboard-json.ts";
import type { FindMetric } from "./find-metric.ts";

/** What a kind of data source needs: variables to choose programs with, and a query for each line. */
export interface QueryLanguage {
  /** Grafana's id of the data source plugin. */
  readonly plugin: string;
  readonly pluginName: string;
  /** Variables beside the data source. */
  variables(datasource: GrafanaDatasource): readonly GrafanaVariable[];
  /** Throws `INVALID_OPTION` for a line that it cannot query. */
  target(line: DashboardLine, find: FindMetric): Omit<GrafanaTarget, "refId" | "datasource">;
  /** Whether it can answer the line at all; lines that are made automatically are left out otherwise. */
  answers(line: DashboardLine, find: FindMetric): boolean;
}
