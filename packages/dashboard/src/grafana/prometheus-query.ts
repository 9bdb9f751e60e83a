import type { DashboardLine, NamedDefinition, SeriesStatistic } from "@giflab/metrics-core";
import { MetricsError } from "@giflab/metrics-core";
import { prometheusLabel, promqlFormula, promqlStatistic } from "@giflab/metrics-core/exposition";
import { defaultStatistic } from "./default-statistic.ts";
import type { FindMetric } from "./find-metric.ts";

/** What every expression is limited to: what the dashboard's variables say. */
const TARGETS = 'job=~"$job", instance=~"$instance"';

/** The expression of a line. Throws `INVALID_OPTION` for a statistic that Prometheus cannot answer. */
export function prometheusExpression(line: DashboardLine, find: FindMetric): string {
  const metric = find(line.metric);
  const value = expressionOf(metric, line.statistic ?? defaultStatistic(metric), line, find);
  if (line.limit === undefined) return value;
  return `${value} / ${expressionOf(find(line.limit), "last", line, find)}`;
}

/** A line's name with labels in place of tags: `{{module.name}}` is `{{module_name}}` there. */
export function prometheusLegend(legend: string): string {
  return legend.replace(/\{\{(.+?)\}\}/g, (_whole, tag: string) => `{{${prometheusLabel(tag)}}}`);
}

function expressionOf(
  metric: NamedDefinition,
  statistic: SeriesStatistic,
  { by = [], where = {} }: DashboardLine,
  find: FindMetric,
): string {
  const tags = Object.entries(where).map(([key, value]) => `, ${prometheusLabel(key)}=${JSON.stringify(value)}`);
  const options = { range: "$__rate_interval", matchers: TARGETS + tags.join(""), by };
  const expression =
    metric.kind === "derived" ? promqlFormula(metric, find, options) : promqlStatistic(metric, statistic, options);
  if (expression === undefined) {
    throw new MetricsError("INVALID_OPTION", `Prometheus cannot answer the ${statistic} of ${metric.name}`);
  }
  return expression;
}
