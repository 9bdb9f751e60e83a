import { getMetricsCollector, type MetricsCollector, processRegistry } from "@giflab/metrics-core";

/** Where something is recorded: a metric name with optional tags. */
export interface TrackOptions {
  readonly metricName: string;
  readonly tags?: { readonly [key: string]: string };
}

/**
 * A handle of the process-wide collector that is resolved when it is first used, and again when that collector is replaced,
 * switched on or off: decorators run when modules are loaded, long before monitoring starts. A name with another kind is
 * counted, not thrown.
 */
export class LateHandle<Handle> {
  readonly #resolve: (collector: MetricsCollector) => Handle;
  readonly #registry = processRegistry();
  #collector: MetricsCollector | undefined;
  #enabled = false;
  #handle: Handle | undefined;

  constructor(resolve: (collector: MetricsCollector) => Handle) {
    this.#resolve = resolve;
  }

  /** The handle, or `undefined` when there can be none and while monitoring is off. Two comparisons after the first time. */
  get(): Handle | undefined {
    const collector = this.#registry.collector;
    if (collector !== undefined && collector === this.#collector && collector.enabled === this.#enabled) {
      return this.#handle;
    }
    return this.#bind();
  }

  #bind(): Handle | undefined {
    const collector = getMetricsCollector();
    this.#collector = collector;
    this.#enabled = collector.enabled;
    this.#handle = undefined;
    if (!collector.enabled) return undefined;
    try {
      this.#handle = this.#resolve(collector);
    } catch (error) {
      collector.reportError("late_handle", error);
    }
    return this.#handle;
  }
}
