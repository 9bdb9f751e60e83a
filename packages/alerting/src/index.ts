export type { Duration } from "@giflab/metrics-core";
export type { AcknowledgeOptions } from "./acknowledge.ts";
export { AlertEngine, type AlertEngineOptions } from "./alert-engine.ts";
export type { HistoryQuery } from "./alert-history.ts";
export { AlertManager, type AlertManagerOptions, type EvaluateOptions, getAlertManager } from "./alert-manager.ts";
export { ALERT_METRICS } from "./alert-metrics.ts";
export {
  ALERT_EXIT_CODES,
  type Alert,
  type AlertReport,
  type AlertStatus,
  type ResolvedAlert,
  type Unjudged,
} from "./alert-report.ts";
export { AlertRule, type Baseline, type SummaryStatistic } from "./alert-rule.ts";
export type {
  AlertLevel,
  AlertRuleOptions,
  AlertStatistic,
  AvoidableOptions,
  BaselineOptions,
  LimitOptions,
  NoDataPolicy,
  TagFilter,
} from "./alert-rule-options.ts";
export { type BacktestOptions, backtest, type Episode, FLAP_SECONDS, type RuleBacktest } from "./backtest/backtest.ts";
export { type CompareOptions, compareMetrics, type MetricComparison } from "./comparison/compare-metrics.ts";
export {
  compareSamples,
  MIN_INDEPENDENT_UNITS,
  MIN_UNITS,
  type SampleComparison,
  type SampleComparisonOptions,
  type Verdict,
} from "./comparison/compare-samples.ts";
export { COMPARED_STATISTICS, type ComparedStatistic, type UnitKind } from "./comparison/measures.ts";
export { UnitCollector } from "./comparison/unit-collector.ts";
export type { UnitSample } from "./comparison/unit-sample.ts";
export { type AlertsConfig, DEFAULT_ALERTS } from "./default-alerts.ts";
export { defaultAlertRules } from "./default-rules.ts";
export { type MessageFields, MessageTemplate } from "./message-template.ts";
export { makeNotifiers } from "./notify/make-notifiers.ts";
export type { NotifiedAlert } from "./notify/notification.ts";
export { type NotificationFailure, Notifier } from "./notify/notifier.ts";
export { NOTIFIER_TYPES, type NotifierOptions } from "./notify/notifier-options.ts";
export { type ExportEnd, type ExportedPoint, ExportFileError, type ExportHeading, readExport } from "./read-export.ts";
export type { Acknowledgement } from "./rule-state.ts";
export type { Expectation, ExpectedAlert, InputSeries, RuleTest, RuleTestFile } from "./rule-tests/rule-test.ts";
export { loadRuleTestFile, parseRuleTests } from "./rule-tests/rule-test-file.ts";
export { type RuleTestFailure, type RuleTestResult, runRuleTests } from "./rule-tests/run-rule-tests.ts";
export { loadRulesFile, parseRules, RULES_FILE_NAMES } from "./rules-file.ts";
export type { Silence, SilenceOptions } from "./silences.ts";
export type { Transition } from "./step-rule.ts";
