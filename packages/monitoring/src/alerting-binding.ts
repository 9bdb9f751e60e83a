import { dirname, resolve } from "node:path";
import {
  AlertManager,
  AlertRule,
  type AlertRuleOptions,
  defaultAlertRules,
  getAlertManager,
  loadRulesFile,
  makeNotifiers,
  type Notifier,
} from "@giflab/alerting";
import { type MetricsCollector, type MetricsReader, processRegistry, type StateStore } from "@giflab/metrics-core";
import { type MonitoringExtension, registeredExtensions } from "./extension.ts";
import type { ResolvedConfig } from "./load-config.ts";
import { rulesFilePath } from "./rules-file-path.ts";

/**
 * The rules that hold without a program adding one: built in with the configured thresholds, those of extensions (default:
 * the registered ones), and those of the rules file. Of the same name the later one holds. Throws `INVALID_OPTION` for a
 * rules file with mistakes, which it names with file, line and key.
 */
export async function configuredRules(
  config: ResolvedConfig,
  extensions: readonly MonitoringExtension[] = registeredExtensions(),
): Promise<readonly AlertRule[]> {
  const ofExtensions = extensions.flatMap(({ alertRules = [] }) => alertRules).map(ownRule);
  const path = rulesFilePath(config);
  const ofFile = path === undefined ? [] : await loadRulesFile(path);
  const { rulesFile: _, evaluateEverySeconds: _engine, notifiers: _told, ...thresholds } = config.monitoring.alerts;
  const all = [...defaultAlertRules(thresholds), ...ofExtensions, ...ofFile];
  return [...new Map(all.map((rule) => [rule.name, rule])).values()];
}

/**
 * The notifiers of the configuration; paths in them are relative to its file. Throws `INVALID_OPTION` for what is wrong with
 * them, and for one of `rules` that names another.
 */
export function configuredNotifiers(config: ResolvedConfig, rules: readonly AlertRule[]): readonly Notifier[] {
  const { notifiers, evaluateEverySeconds: resendSeconds } = config.monitoring.alerts;
  const folder = config.file === undefined ? process.cwd() : dirname(config.file);
  const resolved = notifiers.map((one) => ("path" in one ? { ...one, path: resolve(folder, one.path) } : one));
  return makeNotifiers(resolved, rules, { resendSeconds });
}

/** Extensions may come from another installed copy of the package. */
function ownRule(rule: AlertRule): AlertRule {
  return rule instanceof AlertRule ? rule : new AlertRule(JSON.parse(JSON.stringify(rule)) as AlertRuleOptions);
}

/**
 * Points the process-wide alert manager to `reader` and gives it the configured rules; rules that the program added under
 * the same name win. Returns what takes it back, once the rules added so far are stored.
 */
export function bindAlerts(
  reader: (MetricsReader & StateStore) | undefined,
  rules: readonly AlertRule[],
  { clock }: MetricsCollector,
): () => Promise<void> {
  processRegistry().alertManager ??= new AlertManager({ clock });
  const manager = getAlertManager();
  manager.bind({ reader, state: reader, rules });
  return () => {
    manager.bind({ rules: [] });
    return manager.saved();
  };
}
