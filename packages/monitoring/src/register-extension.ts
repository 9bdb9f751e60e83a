import { processRegistry } from "@giflab/metrics-core";
import { activeMonitoring } from "./active-monitoring.ts";
import { bindAlerts, configuredRules } from "./alerting-binding.ts";
import { defineMissing } from "./define-missing.ts";
import { checkSections, type MonitoringExtension, registeredExtensions } from "./extension.ts";

/**
 * Makes an extension known to this process; at any time, but its sections only count for configurations loaded later. The
 * same name again changes nothing. Throws `INVALID_OPTION` when a section belongs to somebody else already.
 */
export function registerExtension(extension: MonitoringExtension): void {
  const { extensions } = processRegistry();
  if (extensions.has(extension.name)) return;
  checkSections([...registeredExtensions(), extension]);
  extensions.set(extension.name, extension);
  const active = activeMonitoring();
  void active?.then(
    async ({ collector, config, reader }) => {
      // Monitoring that was stopped meanwhile has given its collector and alert manager back.
      if (activeMonitoring() !== active || !collector.enabled) return;
      defineMissing(collector, extension.metrics);
      if (extension.alertRules === undefined) return;
      try {
        const rules = await configuredRules(config);
        if (activeMonitoring() === active) bindAlerts(reader, rules, collector);
      } catch (error) {
        // The rules file was good when monitoring began, and has changed since.
        collector.reportError("alert_rules", error);
      }
    },
    () => {},
  );
}
