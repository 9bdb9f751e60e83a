import { nearestNames } from "@giflab/metrics-core";
import { loadConfig, type MonitoringExtension, type ResolvedConfig } from "@giflab/monitoring/store";
import { loadExtensions } from "./plugins.ts";

/** The configuration, and what plugins have added to it. */
export interface Settings {
  readonly config: ResolvedConfig;
  readonly extensions: readonly MonitoringExtension[];
}

/**
 * The configuration as far as reading the store needs it: plugins are loaded only if the file has sections that are not
 * `monitoring`, to tell a plugin's section from a misspelt one.
 */
export async function loadStoreSettings(): Promise<ResolvedConfig> {
  const config = await loadConfig({ extensions: [], unknownSections: "keep" });
  return config.unknownSections.length === 0 ? config : (await loadAllSettings()).config;
}

/**
 * The whole configuration with the sections of every installed plugin. A section that nobody here knows is kept (the
 * program that reads it may not be a plugin), unless its name looks like a misspelt one: that rejects.
 */
export async function loadAllSettings(): Promise<Settings> {
  const extensions = await loadExtensions(isExtension);
  const config = await loadConfig({ extensions, unknownSections: "keep" });
  const known = ["monitoring", ...extensions.flatMap(({ sections }) => Object.keys(sections))];
  const misspelt = config.unknownSections.some((name) => nearestNames(name, known).length > 0);
  return { config: misspelt ? await loadConfig({ extensions }) : config, extensions };
}

function isExtension(value: unknown): value is MonitoringExtension {
  if (typeof value !== "object" || value === null) return false;
  const { name, metrics, sections } = value as Partial<Record<keyof MonitoringExtension, unknown>>;
  return typeof name === "string" && typeof metrics === "object" && typeof sections === "object";
}
