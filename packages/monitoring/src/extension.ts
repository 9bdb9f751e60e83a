import type { AlertRule } from "@giflab/alerting";
import { type DashboardLayout, type MetricCatalogue, MetricsError, processRegistry } from "@giflab/metrics-core";
import type { GenericSchema } from "valibot";

/** What a program or library adds to monitoring: its metrics and the sections of the configuration file that are its own. */
export interface MonitoringExtension {
  /** The package's name. */
  readonly name: string;
  readonly metrics: MetricCatalogue;
  /** A strict valibot object schema for each top-level section; one without required keys, as it may be absent. */
  readonly sections: Readonly<Record<string, GenericSchema>>;
  /** How its metrics are arranged on dashboards. */
  readonly dashboards?: readonly DashboardLayout[] | undefined;
  /** Rules that hold unless the user says otherwise. */
  readonly alertRules?: readonly AlertRule[] | undefined;
}

/** The extensions of this process in the order in which they were registered. */
export function registeredExtensions(): readonly MonitoringExtension[] {
  return [...processRegistry().extensions.values()] as MonitoringExtension[];
}

/** The owner of each section. Throws `INVALID_OPTION` when two extensions want the same one. */
export function checkSections(extensions: readonly MonitoringExtension[]): ReadonlyMap<string, MonitoringExtension> {
  const owners = new Map<string, MonitoringExtension>();
  for (const extension of extensions) {
    for (const section of Object.keys(extension.sections)) {
      const owner = section === "monitoring" ? "@giflab/monitoring" : owners.get(section)?.name;
      if (owner !== undefined && owner !== extension.name) {
        throw new MetricsError(
          "INVALID_OPTION",
          `extension ${extension.name} wants the section "${section}", which belongs to ${owner}`,
        );
      }
      owners.set(section, extension);
    }
  }
  return owners;
}
