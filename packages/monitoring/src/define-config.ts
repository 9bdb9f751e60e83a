import type { MonitoringInput } from "./monitoring-schema.ts";

/**
 * What a `giflab.config.*` file holds. Sections beside `monitoring` belong to extensions, which validate them when the file
 * is loaded.
 */
export interface GiflabConfig {
  readonly monitoring?: MonitoringInput | undefined;
  readonly [section: string]: unknown;
}

/**
 * Gives a configuration file its types; returns what it gets. A file that must load where this package is not installed
 * beside it (a global `giflab` command) uses `import type` and `satisfies` instead:
 *
 * ```ts
 * import type { GiflabConfig } from "@giflab/monitoring";
 * export default { monitoring: { flushIntervalSeconds: 5 } } satisfies GiflabConfig;
 * ```
 */
export function defineConfig<const C extends GiflabConfig>(config: C): C {
  return config;
}
