import {
  type DashboardLine,
  type GaugeMerge,
  MetricsError,
  type NamedDefinition,
  type SeriesStatistic,
} from "@giflab/metrics-core";

type Recorded = Exclude<NamedDefinition, { readonly kind: "derived" }>;

const TARGETS = `"service" =~ /^$service$/ AND "instance" =~ /^$instance$/ AND $timeFilter`;

const MERGES: Readonly<Record<GaugeMerge, string>> = { sum: "sum", max: "max", mean: "mean", last: "max" };

const QUANTILES: Readonly<Partial<Record<SeriesStatistic, number>>> = {
  p50: 0.5,
  p90: 0.9,
  p95: 0.95,
  p99: 0.99,
  p999: 0.999,
};

/**
 * The InfluxQL query for a statistic of a recorded metric, as `@giflab/backend-influxdb` writes it: one point per step and
 * combination of tags. Throws `INVALID_OPTION` for a statistic that the fields cannot answer.
 *
 * Percentiles are interpolated in the bucket in which the rank lies, after the buckets of all flushes and instances in the
 * step were added.
 */
export function influxdbQuery(
  metric: Recorded,
  statistic: SeriesStatistic,
  { by = [], where = {} }: Pick<DashboardLine, "by" | "where">,
): string {
  const from = quoted(metric.name);
  const chosen = Object.entries(where).map(([key, value]) => `${quoted(key)} = '${text(value)}' AND `);
  const which = chosen.join("") + TARGETS;
  const group = ["time($__interval)", ...by.map(quoted)].join(", ");
  const sum = (field: string) => `sum(${quoted(field)})`;
  const select = (what: string) => `SELECT ${what} FROM ${from} WHERE ${which} GROUP BY ${group} fill(null)`;
  const perSecond = (field: string) => select(`${sum(field)} / ($__interval_ms / 1000)`);
  if (metric.kind === "counter") {
    if (statistic === "rate") return perSecond("delta");
    if (statistic === "sum") return select(sum("delta"));
  } else if (metric.kind === "gauge") {
    // The newest value of each series in the step, and then all series together.
    const call = { last: "last", min: "min", max: "max", mean: "mean" }[statistic as string];
    if (call !== undefined) {
      const each = `SELECT ${call}("value") AS "value" FROM ${from} WHERE ${which} GROUP BY time($__interval), * fill(none)`;
      return `SELECT ${MERGES[metric.merge ?? "last"]}("value") FROM (${each}) WHERE $timeFilter GROUP BY ${group} fill(null)`;
    }
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

/** A line's name with Grafana's words for tags. */
export function influxdbAlias(legend: string): string {
  return legend.replace(/\{\{(.+?)\}\}/g, (_whole, tag: string) => `$tag_${tag}`);
}

function quantileQuery(
  quantile: number,
  { from, which, by }: { readonly from: string; readonly which: string; readonly by: readonly string[] },
): string {
  const tags = by.map(quoted);
  const buckets =
    'SELECT sum("bucket") AS "upto", sum("bucket_below") AS "below", sum("bucket_of") AS "n", ' +
    'max("bound") AS "bound", max("lower") AS "lower" ' +
    `FROM ${from} WHERE "le" != '' AND ${which} GROUP BY ${["time($__interval)", ...tags, '"le"'].join(", ")} fill(none)`;
  const within =
    `SELECT "lower" + ("bound" - "lower") * (${quantile} * "n" - "below") / ("upto" - "below") AS "quantile" ` +
    `FROM (${buckets}) WHERE "upto" >= ${quantile} * "n" AND "below" < ${quantile} * "n"`;
  return `SELECT min("quantile") FROM (${within}) WHERE $timeFilter GROUP BY ${["time($__interval)", ...tags].join(", ")} fill(null)`;
}

function quoted(name: string): string {
  return `"${name.replace(/[\\"]/g, "\\$&")}"`;
}

function text(value: string): string {
  return value.replace(/[\\']/g, "\\$&");
}
