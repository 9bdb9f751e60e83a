import { MetricsError } from "@giflab/metrics-core";
import { AlertRule } from "./alert-rule.ts";
import { type AlertsConfig, DEFAULT_ALERTS } from "./default-alerts.ts";

/** Look-ups in the window, without those that no cache could have answered, below which a hit rate says nothing. */
const MIN_LOOKUPS = 20;
const MIN_WINDOW_CALLS = 20;
const MIN_BASELINE_CALLS = 200;
/** Evictions per second below which no ratio matters: 10 a minute. */
const EVICTION_FLOOR = 10 / 60;

/** The rules that every program with caches gets. Throws `INVALID_OPTION` for thresholds that make no sense. */
export function defaultAlertRules(config: Partial<AlertsConfig> = {}): readonly AlertRule[] {
  const alerts = { ...DEFAULT_ALERTS, ...config };
  for (const name of [
    "cacheHitRateWarning",
    "cacheHitRateCritical",
    "memoryUsageWarning",
    "memoryUsageCritical",
  ] as const) {
    if (!(alerts[name] >= 0 && alerts[name] <= 1)) {
      throw new MetricsError("INVALID_OPTION", `alerts.${name} must be a share from 0 to 1, got ${alerts[name]}`);
    }
  }
  for (const name of ["evictionRateSpike", "responseTimeDegradation"] as const) {
    if (!(alerts[name] > 1))
      throw new MetricsError("INVALID_OPTION", `alerts.${name} must be a ratio above 1, got ${alerts[name]}`);
  }
  return [
    new AlertRule({
      name: "cache-hit-rate",
      metricPattern: "cache.*.hit_rate",
      direction: "below",
      warningThreshold: alerts.cacheHitRateWarning,
      criticalThreshold: alerts.cacheHitRateCritical,
      avoidable: { suffix: "hit_rate", avoidableSuffix: "avoidable_misses" },
      minSamples: MIN_LOOKUPS,
      messageTemplate: "{metric} is {value:.1%}, below {threshold:.0%}{note} {tags}",
    }),
    new AlertRule({
      name: "memory-usage",
      metricPattern: "cache.*.memory_usage_mb",
      limit: { suffix: "memory_usage_mb", limitSuffix: "memory_limit_mb" },
      warningThreshold: alerts.memoryUsageWarning,
      criticalThreshold: alerts.memoryUsageCritical,
      messageTemplate: "{metric} is {measured:.1f} of {limit:.0f} MB ({value:.0%}), above {threshold:.0%} {tags}",
    }),
    new AlertRule({
      name: "eviction-rate",
      metricPattern: "cache.*.evictions",
      statistic: "rate",
      baseline: { floor: EVICTION_FLOOR },
      warningThreshold: alerts.evictionRateSpike,
      criticalThreshold: 2 * alerts.evictionRateSpike,
      messageTemplate:
        "{metric} is {value:.1f} times its rate of the day before ({measured:.2f}/s against {baseline:.3f}/s) {tags}",
    }),
    new AlertRule({
      name: "response-time",
      metricPattern: "cache.*.operation.duration",
      statistic: "p95",
      minSamples: MIN_WINDOW_CALLS,
      baseline: { minSamples: MIN_BASELINE_CALLS },
      warningThreshold: alerts.responseTimeDegradation,
      criticalThreshold: 2 * alerts.responseTimeDegradation,
      messageTemplate:
        "p95 of {metric} is {value:.1f} times that of the day before ({measured:.3g} s against {baseline:.3g} s) {tags}",
    }),
  ];
}
