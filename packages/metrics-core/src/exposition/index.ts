/** What backends share that write for other systems: names, units, classic buckets, totals since the start. */
export { ClassicBuckets, ClassicHistogram, defaultBounds } from "./classic-buckets.ts";
export { type ExposedMetric, type ExposedUnit, exposedUnit } from "./exposed-unit.ts";
export { INSTANCE_INFO, instanceInfoFromLabels, instanceInfoLabels } from "./instance-info.ts";
export { METRIC_INFO, type MetricInfo, metricInfoFromLabels, metricInfoLabels } from "./metric-info.ts";
export { prometheusLabel, prometheusName } from "./prometheus-name.ts";
export { PrometheusNames } from "./prometheus-names.ts";
export { type PromqlOptions, promqlFormula, promqlStatistic } from "./promql.ts";
export {
  type DistributionSeriesTotal,
  type DistributionTotal,
  RunningTotals,
  type ScalarTotal,
  type SeriesTotal,
} from "./running-totals.ts";
