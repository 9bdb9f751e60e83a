export { AlertManager, type AlertManagerOptions, type EvaluateOptions, getAlertManager } from "./alert-manager.ts";
export { ALERT_EXIT_CODES, type Alert, type AlertReport, type AlertStatus, type Unjudged } from "./alert-report.ts";
export {
  AlertRule,
  type AlertRuleOptions,
  type AlertStatistic,
  type BaselineOptions,
  type LimitOptions,
  type NoDataPolicy,
} from "./alert-rule.ts";
export { type AlertsConfig, DEFAULT_ALERTS, defaultAlertRules } from "./default-rules.ts";
export { type MessageFields, MessageTemplate } from "./message-template.ts";
