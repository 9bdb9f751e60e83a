export {
  type Alert,
  AlertManager,
  type AlertReport,
  AlertRule,
  type AlertRuleOptions,
  type AlertStatus,
  defaultAlertRules,
  getAlertManager,
} from "@giflab/alerting";
export {
  MetricTracker,
  trackCounter,
  trackGauge,
  trackHistogram,
  trackTiming,
} from "@giflab/instrumentation";
export {
  defineMetrics,
  getMetricsCollector,
  isMetricsError,
  MemoryBackend,
  type MetricCatalogue,
  MetricsCollector,
  MetricsError,
  type MetricsErrorCode,
} from "@giflab/metrics-core";
export type { Monitoring } from "./active-monitoring.ts";
export { configuredNotifiers, configuredRules } from "./alerting-binding.ts";
export { createBackends } from "./create-backends.ts";
export { defineConfig, type GiflabConfig } from "./define-config.ts";
export { type MonitoringExtension, registeredExtensions } from "./extension.ts";
export { type InstrumentOptions, instrumentAllSystems } from "./instrument-all-systems.ts";
export { type ConfigOrigin, type LoadConfigOptions, loadConfig, type ResolvedConfig } from "./load-config.ts";
export type {
  AlertsSection,
  BackendChoice,
  MonitoringInput,
  MonitoringSettings,
  SqliteSection,
  StatsdSection,
} from "./monitoring-schema.ts";
export type { BackendContext } from "./named-backend.ts";
export {
  type ChosenSource,
  chosenSource,
  type OpenSourceOptions,
  type OpenState,
  openSource,
  openSourceState,
} from "./open-source.ts";
export { type OpenStoreOptions, openStore } from "./open-store.ts";
export { registerExtension } from "./register-extension.ts";
export { shownConfigValue } from "./secret-values.ts";
export { type SqliteStoreOptions, sqliteStoreOptions } from "./sqlite-store-options.ts";
