import type { DashboardLine } from "@giflab/metrics-core";
import type { GrafanaDatasource, GrafanaTarget, GrafanaVariable } from "./dashboard-json.ts";
import type { FindMetric } from "./find-metric.ts";

/** What a kind of data source needs: variables to choose programs with, and queries for each line. */
export interface QueryLanguage {
  /** Grafana's id of the data source plugin. */
  readonly plugin: string;
  readonly pluginName: string;
  /** Whether values come in base units (bytes, seconds) or in the metric's own. */
  readonly baseUnits: boolean;
  /** The shortest step of a panel, as Grafana writes it: no shorter than data comes in. */
  readonly leastInterval?: string;
  /** Variables beside the data source. */
  variables(datasource: GrafanaDatasource): readonly GrafanaVariable[];
  /**
   * The queries of a line, of which the last one gives what is drawn: the others are hidden. Throws `INVALID_OPTION` for a
   * line that it cannot query.
   */
  targets(line: DashboardLine, context: TargetContext): readonly GrafanaTarget[];
}

export interface TargetContext {
  readonly find: FindMetric;
  readonly datasource: GrafanaDatasource;
  /** Names for queries: A, B, C, each once in a panel. */
  readonly nextReference: () => string;
}
