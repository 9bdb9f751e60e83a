import type { AlertRule } from "@giflab/alerting";
import { type MetricCatalogue, MetricsError, processRegistry } from "@giflab/metrics-core";
import type { GenericSchema } from "valibot";
import { activeMonitoring } from "./active-monitoring.ts";
import { defineMissing } from "./define-missing.ts";

/** What a program or library adds to monitoring: its metrics and the sections of the configuration file that are its own. */
export interface MonitoringExtension {
  /** The package's name. */
  readonly name: string;
  readonly metrics: MetricCatalogue;
  /** A strict valibot object schema for each top-level section; one without required keys, as it may be absent. */
  readonly sections: Readonly<Record<string, GenericSchema>>;
  /** Rules that hold unless the user says otherwise. */
  readonly alertRules?: readonly AlertRule[] | undefined;
}

/**
 * Makes an extension known to this process; at any time, but its sections only count for configurations loaded later. The
 * same name again changes nothing. Throws `INVALID_OPTION` when a section belongs to somebody else already.
 */
export function registerExtension(extension: MonitoringExtension): void {
  const { extensions } = processRegistry();
  if (extensions.has(extension.name)) return;
  checkSections([...registeredExtensions(), extension]);
  extensions.set(extension.name, extension);
  void activeMonitoring()?.then(
    ({ collector }) => defineMissing(collector, extension.metrics),
    () => {},
  );
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
