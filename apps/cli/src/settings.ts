import { loadConfig, type MonitoringExtension, type ResolvedConfig } from "@giflab/monitoring";
import { loadExtensions } from "./plugins.ts";

/**
 * The configuration, as far as reading the store needs it: plugins are loaded only if the file has sections that are not
 * `monitoring`, to tell a plugin's section from a misspelt one.
 */
export async function loadStoreSettings(): Promise<ResolvedConfig> {
  const config = await loadConfig({ extensions: [], unknownSections: "keep" });
  return config.unknownSections.length === 0 ? config : (await loadAllSettings()).config;
}

/** The whole configuration with the sections of every installed plugin. */
export async function loadAllSettings(): Promise<{
  readonly config: ResolvedConfig;
  readonly extensions: readonly MonitoringExtension[];
}> {
  const extensions = await loadExtensions(isExtension);
  return { config: await loadConfig({ extensions }), extensions };
}

function isExtension(value: unknown): value is MonitoringExtension {
  if (typeof value !== "object" || value === null) return false;
  const { name, metrics, sections } = value as Partial<Record<keyof MonitoringExtension, unknown>>;
  return typeof name === "string" && typeof metrics === "object" && typeof sections === "object";
}
