import { type ExposedMetric, endsInMb, exposedUnit } from "./exposed-unit.ts";

/** Endings that Prometheus gives to parts of counters and histograms: other metrics must not have them. */
const RESERVED = /_(?:total|count|sum|bucket|created)$/;

/**
 * The name of a metric in Prometheus: dots and other signs become `_`, the base unit is its ending (`_mb` becomes
 * `_bytes`), counters end in `_total`. A gauge, histogram or timer whose name ends like a part of a counter or histogram
 * gets `_value` after it.
 *
 * `cache.frame.hits` (counter) is `cache_frame_hits_total`, `cache.frame.memory_usage_mb` `cache_frame_memory_usage_bytes`,
 * `cache.frame.operation.duration` (timer) `cache_frame_operation_duration_seconds`.
 *
 * Different metrics can come out the same; `PrometheusNames` sees to that.
 */
export function prometheusName(metric: ExposedMetric): string {
  const { suffix } = exposedUnit(metric);
  const base = suffix === "bytes" && endsInMb(metric.name) ? metric.name.slice(0, -3) : metric.name;
  let name = sanitised(base);
  if (metric.kind === "counter") {
    if (name.endsWith("_total")) name = name.slice(0, -"_total".length);
    return `${withSuffix(name, suffix)}_total`;
  }
  name = withSuffix(name, suffix);
  return RESERVED.test(name) ? `${name}_value` : name;
}

/**
 * The label that a tag becomes: signs other than letters, digits and `_` become `_`. Labels with a meaning of their own
 * (`le`, `quantile`, and all that begin with `__`) get `tag_` before them.
 */
export function prometheusLabel(key: string): string {
  const label = sanitised(key);
  return label === "le" || label === "quantile" || label.startsWith("__") ? `tag_${label}` : label;
}

function withSuffix(name: string, suffix: string): string {
  return suffix === "" || name === suffix || name.endsWith(`_${suffix}`) ? name : `${name}_${suffix}`;
}

/** Without colons too: they belong to recording rules. */
function sanitised(text: string): string {
  const safe = text.replace(/[^A-Za-z0-9_]/g, "_");
  return safe === "" || /^[0-9]/.test(safe) ? `_${safe}` : safe;
}
