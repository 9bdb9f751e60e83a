import { type DashboardLine, type Formula, parseFormula } from "@giflab/metrics-core";
import type { GrafanaDatasource, GrafanaTarget, GrafanaVariable } from "./dashboard-json.ts";
import { defaultStatistic } from "./default-statistic.ts";
import { influxdbAlias, influxdbQuery } from "./influxdb-query.ts";
import type { QueryLanguage, TargetContext } from "./query-language.ts";

/** Grafana's own calculations with the results of queries. */
const CALCULATION: GrafanaDatasource = { type: "__expr__", uid: "__expr__" };

/**
 * InfluxDB by InfluxQL, which version 1 speaks and later ones understand. It cannot calculate with two measurements, so
 * formulas and shares of a limit are calculated by Grafana from hidden queries.
 */
export const influxdbLanguage: QueryLanguage = {
  plugin: "influxdb",
  pluginName: "InfluxDB",
  baseUnits: false,
  // Three flushes at the default interval: every step has a value of every gauge.
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
      const by = [...new Set([...(metric.groupBy ?? []), ...(line.by ?? [])])];
      return calculated(parseFormula(metric.formula), { ...line, by }, context);
    }
    if (line.limit === undefined) {
      const query = influxdbQuery(metric, line.statistic ?? defaultStatistic(metric), line);
      return [queryTarget(query, context, { alias: influxdbAlias(line.legend) })];
    }
    const share: Formula = {
      op: "/",
      left: { op: "metric", name: line.metric },
      right: { op: "metric", name: line.limit },
    };
    return calculated(share, line, context);
  },
};

/** A hidden query for each metric of a formula, and the calculation: a counter stands for its sum in the step, a gauge for its last value, others for their mean. */
function calculated(formula: Formula, line: DashboardLine, context: TargetContext): readonly GrafanaTarget[] {
  const inputs = new Map<string, GrafanaTarget>();
  const expressionOf = (part: Formula): string => {
    if (part.op === "number") return String(part.value);
    if (part.op !== "metric") return `(${expressionOf(part.left)} ${part.op} ${expressionOf(part.right)})`;
    let target = inputs.get(part.name);
    if (target === undefined) {
      const input = context.find(part.name);
      const statistic = input.kind === "counter" ? "sum" : input.kind === "gauge" ? "last" : "mean";
      if (input.kind === "derived") throw new TypeError(`a formula names ${part.name}, which is derived itself`);
      target = queryTarget(influxdbQuery(input, statistic, line), context, { hide: true });
      inputs.set(part.name, target);
    }
    return `$${target.refId}`;
  };
  const expression = expressionOf(formula);
  return [...inputs.values(), { refId: context.nextReference(), datasource: CALCULATION, type: "math", expression }];
}

function queryTarget(
  query: string,
  { datasource, nextReference }: TargetContext,
  more: Pick<GrafanaTarget, "alias" | "hide">,
): GrafanaTarget {
  return { refId: nextReference(), datasource, query, rawQuery: true, resultFormat: "time_series", ...more };
}

function tagVariable(datasource: GrafanaDatasource, name: string, label: string, query: string): GrafanaVariable {
  return {
    name,
    label,
    type: "query",
    datasource,
    definition: query,
    query,
    refresh: 2,
    regex: "",
    sort: 1,
    multi: true,
    includeAll: true,
    allValue: ".*",
    current: { selected: true, text: ["All"], value: ["$__all"] },
    hide: 0,
  };
}
