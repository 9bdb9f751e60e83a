import type { DashboardLine } from "@giflab/metrics-core";
import type { GrafanaDatasource, GrafanaTarget, GrafanaVariable } from "./dashboard-json.ts";
import { defaultStatistic } from "./default-statistic.ts";
import { influxdbAlias, influxdbFormulaQuery, influxdbQuery } from "./influxdb-query.ts";
import type { QueryLanguage, TargetContext } from "./query-language.ts";
import { queryVariable } from "./query-variable.ts";

/** Grafana's own calculations with the results of queries. */
const CALCULATION: GrafanaDatasource = { type: "__expr__", uid: "__expr__" };

/** InfluxDB by InfluxQL, which version 1 speaks and later ones understand. */
export const influxdbLanguage: QueryLanguage = {
  plugin: "influxdb",
  pluginName: "InfluxDB",
  baseUnits: false,
  // A few flushes at the default interval: steps that hold none would be gaps.
  leastInterval: "30s",
  variables: (datasource) => [
    tagVariable(datasource, "service", "Service", 'SHOW TAG VALUES WITH KEY = "service"'),
    tagVariable(
      datasource,
      "instance",
      "Instance",
      'SHOW TAG VALUES WITH KEY = "instance" WHERE "service" =~ /^$service$/',
    ),
  ],
  targets: (line, context) => {
    const metric = context.find(line.metric);
    if (metric.kind === "derived") {
      const query = influxdbFormulaQuery(metric, line, context.find);
      return [queryTarget(query, context, { alias: influxdbAlias(line.legend) })];
    }
    if (line.limit !== undefined) return shareOfLimit(line, context);
    const query = influxdbQuery(metric, line.statistic ?? defaultStatistic(metric), line);
    const ofProcess = metric.kind === "gauge" ? ["instance"] : [];
    return [queryTarget(query, context, { alias: influxdbAlias(line.legend, ofProcess) })];
  },
};

/** InfluxQL cannot calculate with two measurements: hidden queries, and Grafana divides what has the same tags. */
function shareOfLimit(line: DashboardLine, context: TargetContext): readonly GrafanaTarget[] {
  const [used, limit] = [line.metric, line.limit!].map((name) => {
    const metric = context.find(name);
    if (metric.kind === "derived") throw new TypeError(`${name} is derived: it has no limit and is none`);
    return queryTarget(influxdbQuery(metric, "last", line), context, { hide: true });
  });
  const expression = `$${used!.refId} / $${limit!.refId}`;
  return [used!, limit!, { refId: context.nextReference(), datasource: CALCULATION, type: "math", expression }];
}

function queryTarget(
  query: string,
  { datasource, nextReference }: TargetContext,
  more: Pick<GrafanaTarget, "alias" | "hide">,
): GrafanaTarget {
  return { refId: nextReference(), datasource, query, rawQuery: true, resultFormat: "time_series", ...more };
}

function tagVariable(datasource: GrafanaDatasource, name: string, label: string, query: string): GrafanaVariable {
  return queryVariable(datasource, { name, label, definition: query, query, allValue: ".*" });
}
