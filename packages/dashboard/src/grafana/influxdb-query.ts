import {
  type DashboardLine,
  type DerivedMetricDefinition,
  type Formula,
  MetricsError,
  type NamedDefinition,
  parseFormula,
  type SeriesStatistic,
} from "@giflab/metrics-core";
import type { FindMetric } from "./find-metric.ts";

type Recorded = Exclude<NamedDefinition, { readonly kind: "derived" }>;
type Chosen = Pick<DashboardLine, "by" | "where">;

const QUANTILES: Readonly<Partial<Record<SeriesStatistic, number>>> = {
  p50: 0.5,
  p90: 0.9,
  p95: 0.95,
  p99: 0.99,
  p999: 0.999,
};

/** Functions of InfluxQL for what a gauge was in a step. */
const GAUGE_CALLS: Readonly<Partial<Record<SeriesStatistic, string>>> = {
  last: "last",
  min: "min",
  max: "max",
  mean: "mean",
};

/**
 * The InfluxQL query for a statistic of a recorded metric, as `@giflab/backend-influxdb` writes it: one point per step and
 * combination of tags. Throws `INVALID_OPTION` for a statistic that the fields cannot answer.
 *
 * Gauges are written when they change, so each process has a line of its own, which goes on until its next value.
 * Percentiles are interpolated in the bucket in which the rank lies, after the buckets of all flushes and processes in the
 * step were added.
 */
export function influxdbQuery(metric: Recorded, statistic: SeriesStatistic, { by = [], where = {} }: Chosen): string {
  const from = quoted(metric.name);
  const which = conditions(where);
  const sum = (field: string) => `sum(${quoted(field)})`;
  const select = (what: string, tags = by, fill = "null") =>
    `SELECT ${what} FROM ${from} WHERE ${which} GROUP BY ${grouping(tags)} fill(${fill})`;
  // A counter that did not change is not written: nothing is none.
  const perSecond = (field: string) => select(`${sum(field)} / ($__interval_ms / 1000)`, by, "0");
  if (metric.kind === "counter") {
    if (statistic === "rate") return perSecond("delta");
    if (statistic === "sum") return select(sum("delta"), by, "0");
  } else if (metric.kind === "gauge") {
    const call = GAUGE_CALLS[statistic];
    if (call !== undefined) return select(`${call}("value")`, [...by, "instance"], "previous");
  } else {
    const quantile = QUANTILES[statistic];
    if (quantile !== undefined) return quantileQuery(quantile, { from, which, by });
    if (statistic === "rate") return perSecond("count");
    if (statistic === "count" || statistic === "sum") return select(sum(statistic));
    if (statistic === "mean") return select(`${sum("sum")} / ${sum("count")}`);
    if (statistic === "min" || statistic === "max") return select(`${statistic}("${statistic}")`);
  }
  throw new MetricsError("INVALID_OPTION", `InfluxDB cannot answer the ${statistic} of ${metric.name}`);
}

/**
 * The query for a derived metric: its formula over the inputs, which are fields of the measurement with its name. A counter
 * stands for its sum in the step, a gauge for its last value, a timer or histogram for its mean.
 */
export function influxdbFormulaQuery(
  metric: DerivedMetricDefinition & { readonly name: string },
  { by = [], where = {} }: Chosen,
  find: FindMetric,
): string {
  const expressionOf = (part: Formula): string => {
    if (part.op === "number") return String(part.value);
    if (part.op !== "metric") return `(${expressionOf(part.left)} ${part.op} ${expressionOf(part.right)})`;
    const { kind } = find(part.name);
    if (kind === "counter") return `sum(${quoted(part.name)})`;
    if (kind === "gauge") return `last(${quoted(part.name)})`;
    return `(sum(${quoted(`${part.name}.sum`)}) / sum(${quoted(`${part.name}.count`)}))`;
  };
  const tags = [...new Set([...(metric.groupBy ?? []), ...by])];
  const value = expressionOf(parseFormula(metric.formula));
  return `SELECT ${value} FROM ${quoted(metric.name)} WHERE ${conditions(where)} GROUP BY ${grouping(tags)} fill(null)`;
}

/** A line's name with Grafana's words for tags. */
export function influxdbAlias(legend: string, more: readonly string[] = []): string {
  const named = legend.replace(/\{\{(.+?)\}\}/g, (_whole, tag: string) => `$tag_${tag}`);
  return [named, ...more.map((tag) => `$tag_${tag}`)].join(" ");
}

function quantileQuery(
  quantile: number,
  { from, which, by }: { readonly from: string; readonly which: string; readonly by: readonly string[] },
): string {
  const buckets =
    'SELECT sum("bucket") AS "upto", sum("bucket_below") AS "below", sum("bucket_of") AS "n", ' +
    'last("bound") AS "bound", last("lower") AS "lower" ' +
    `FROM ${from} WHERE "le" != '' AND ${which} GROUP BY ${grouping([...by, "le"])} fill(none)`;
  const within =
    `SELECT "lower" + ("bound" - "lower") * (${quantile} * "n" - "below") / ("upto" - "below") AS "quantile" ` +
    `FROM (${buckets}) WHERE "upto" >= ${quantile} * "n" AND "below" < ${quantile} * "n"`;
  return `SELECT min("quantile") FROM (${within}) WHERE $timeFilter GROUP BY ${grouping(by)} fill(null)`;
}

/** What every query is limited to: what the dashboard's variables say. */
function conditions(where: Readonly<Record<string, string>>): string {
  const chosen = Object.entries(where).map(
    ([key, value]) => `${quoted(key)} = '${value.replace(/[\\']/g, "\\$&")}' AND `,
  );
  return `${chosen.join("")}"service" =~ /^$service$/ AND "instance" =~ /^$instance$/ AND $timeFilter`;
}

function grouping(tags: readonly string[]): string {
  return ["time($__interval)", ...tags.map(quoted)].join(", ");
}

function quoted(name: string): string {
  return `"${name.replace(/[\\"]/g, "\\$&")}"`;
}
