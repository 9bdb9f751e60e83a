import { type MetricsCollector, type MetricsReader, processRegistry, type StateStore } from "@giflab/metrics-core";
import type { ResolvedConfig } from "./load-config.ts";

/** Monitoring that runs in this process. */
export interface Monitoring extends AsyncDisposable {
  /** The process-wide collector. */
  readonly collector: MetricsCollector;
  /** What is in force. */
  readonly config: ResolvedConfig;
  /** Answers queries from inside this process; `undefined` when monitoring is off, no backend can be read, or in a joined worker thread. */
  readonly reader: (MetricsReader & StateStore) | undefined;
  /**
   * Delivers what was recorded, closes the backends and takes the instrumentation away; handles made before do nothing
   * afterwards. Idempotent. `instrumentAllSystems` may start again.
   */
  stop(): Promise<void>;
}

const KEY = "@giflab/monitoring";

/** The running (or starting) monitoring of this process, also one that another installed copy of this package started. */
export function activeMonitoring(): Promise<Monitoring> | undefined {
  return processRegistry().subscriptions.get(KEY) as Promise<Monitoring> | undefined;
}

export function setActiveMonitoring(monitoring: Promise<Monitoring> | undefined): void {
  if (monitoring === undefined) processRegistry().subscriptions.delete(KEY);
  else processRegistry().subscriptions.set(KEY, monitoring);
}
