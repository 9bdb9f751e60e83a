import { getMetricsCollector } from "@giflab/metrics-core";
import { activeMonitoring, type Monitoring, setActiveMonitoring } from "./active-monitoring.ts";
import { type LoadConfigOptions, loadConfig, type ResolvedConfig } from "./load-config.ts";
import { startMonitoring } from "./start-monitoring.ts";

export interface InstrumentOptions extends Omit<LoadConfigOptions, "config" | "extensions" | "unknownSections"> {
  /** A configuration in place of a file; one from `loadConfig` is used as it is. */
  readonly config?: LoadConfigOptions["config"] | ResolvedConfig | undefined;
  /** Gets each kind of problem once; default: a line on stderr. */
  readonly onWarning?: ((message: string) => void) | undefined;
}

/**
 * Starts monitoring in this process: reads `giflab.config.*`, opens its backends, and listens to what caches, sampling and
 * lazy imports publish. Await it, so that a short program does not end before its store is open. What was recorded through
 * the process-wide collector before is delivered too, so the order of imports does not matter.
 *
 * In a worker thread that was started after the main thread called this, it opens nothing: what is recorded there is delivered by
 * the main thread. Call it in the worker's entry; nothing has to be said where the worker is started.
 *
 * A second call gets the same `Monitoring`, whatever its options. Rejects with `INVALID_CONFIG`, and with `BACKEND_MISSING`
 * for a backend that was asked for by name; a store that cannot be opened is replaced by memory, which is said once. With
 * `enabled: false` nothing is opened and no file is made.
 */
export function instrumentAllSystems(options: InstrumentOptions = {}): Promise<Monitoring> {
  const active = activeMonitoring();
  if (active !== undefined) return active;
  const forget = (): void => {
    if (activeMonitoring() === starting) setActiveMonitoring(undefined);
  };
  // Before the first await: worker threads may be started in the next line.
  const collector = getMetricsCollector();
  collector.acceptThreads();
  const starting = resolveConfig(options).then((config) =>
    startMonitoring(config, { onWarning: options.onWarning, onStop: forget }),
  );
  setActiveMonitoring(starting);
  starting.catch(() => {
    forget();
    if (collector.backends.length === 0) collector.refuseThreads();
  });
  return starting;
}

async function resolveConfig({ config, onWarning: _, ...load }: InstrumentOptions): Promise<ResolvedConfig> {
  if (config !== undefined && config["origins"] instanceof Map) return config as ResolvedConfig;
  return loadConfig({ ...load, config: config as LoadConfigOptions["config"], unknownSections: "keep" });
}
