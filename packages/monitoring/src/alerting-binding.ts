import { AlertManager, type AlertRule, defaultAlertRules, getAlertManager } from "@giflab/alerting";
import { type MetricsCollector, type MetricsReader, processRegistry, type StateStore } from "@giflab/metrics-core";
import { registeredExtensions } from "./extension.ts";
import type { AlertsSection } from "./monitoring-schema.ts";

/** The rules that hold without anybody adding one: built in with the configured thresholds, and those of extensions. */
export function configuredRules(alerts: AlertsSection): readonly AlertRule[] {
  return [...defaultAlertRules(alerts), ...registeredExtensions().flatMap(({ alertRules = [] }) => alertRules)];
}

/**
 * Points the process-wide alert manager to `reader` and gives it the configured rules; rules that the program added under
 * the same name win. Returns what takes it back, once the rules added so far are stored.
 */
export function bindAlerts(
  reader: (MetricsReader & StateStore) | undefined,
  alerts: AlertsSection,
  { clock }: MetricsCollector,
): () => Promise<void> {
  processRegistry().alertManager ??= new AlertManager({ clock });
  const manager = getAlertManager();
  manager.bind({ reader, state: reader, rules: configuredRules(alerts) });
  return () => {
    manager.bind({ rules: [] });
    return manager.saved();
  };
}
