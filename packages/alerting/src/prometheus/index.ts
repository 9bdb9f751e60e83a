/** Alert rules for Prometheus. */
export { type KnownMetric, knownMetrics } from "./known-metrics.ts";
export { type PrometheusRules, type PrometheusRulesOptions, prometheusRules } from "./prometheus-rules.ts";
export type { PrometheusAlert, RuleAlerts } from "./rule-alerts.ts";
