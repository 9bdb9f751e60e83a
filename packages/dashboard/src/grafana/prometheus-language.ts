import { METRIC_INFO } from "@giflab/metrics-core/exposition";
import type { GrafanaDatasource, GrafanaVariable } from "./dashboard-json.ts";
import { prometheusExpression, prometheusLegend } from "./prometheus-query.ts";
import type { QueryLanguage } from "./query-language.ts";
import { queryVariable } from "./query-variable.ts";

/** Prometheus and what speaks its query language: VictoriaMetrics, Thanos, Mimir. */
export const prometheusLanguage: QueryLanguage = {
  plugin: "prometheus",
  pluginName: "Prometheus",
  baseUnits: true,
  variables: (datasource) => [
    labelVariable(datasource, "job", "Job", `label_values(${METRIC_INFO}, job)`),
    labelVariable(datasource, "instance", "Instance", `label_values(${METRIC_INFO}{job=~"$job"}, instance)`),
  ],
  targets: (line, { find, datasource, nextReference }) => [
    {
      refId: nextReference(),
      datasource,
      expr: prometheusExpression(line, find),
      legendFormat: prometheusLegend(line.legend),
      editorMode: "code",
      range: true,
    },
  ],
};

function labelVariable(
  datasource: GrafanaDatasource,
  name: string,
  label: string,
  definition: string,
): GrafanaVariable {
  const query = { query: definition, refId: `Prometheus-${name}` };
  return queryVariable(datasource, { name, label, definition, query, allValue: ".+" });
}
