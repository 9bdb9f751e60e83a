import type { MetricsCollector } from "./collector.ts";
import type { ExitHook } from "./exit-hook.ts";

/**
 * What all copies of these packages in one process share, so that things are counted once. Fields are only ever added;
 * whoever finds a field set by another copy uses that one.
 */
export interface ProcessRegistry {
  /** The process-wide default collector. */
  collector?: MetricsCollector | undefined;
  /** Raised whenever `collector` changes, so that late-bound handles notice with one comparison. */
  generation: number;
  exitHook?: ExitHook | undefined;
  /** The default alert manager; typed by the alerting package. */
  alertManager?: unknown;
  /** Active subscriptions by channel, so that instrumenting twice counts once. */
  readonly subscriptions: Map<string, unknown>;
  /** Registered extensions of the monitoring package by name. */
  readonly extensions: Map<string, unknown>;
}

const KEY = Symbol.for("giflab.metrics/1");

/** The registry of this process, made on first use. */
export function processRegistry(): ProcessRegistry {
  const holder = globalThis as { [KEY]?: ProcessRegistry };
  holder[KEY] ??= { generation: 0, subscriptions: new Map(), extensions: new Map() };
  return holder[KEY];
}
