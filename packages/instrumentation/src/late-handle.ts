import { getMetricsCollector, type MetricsCollector, processRegistry } from "@giflab/metrics-core";

/** Where something is recorded: a metric name with optional tags. */
export interface TrackOptions {
  readonly metricName: string;
  readonly tags?: { readonly [key: string]: string };
}

/**
 * A handle of the process-wide collector that is resolved when it is first used, and again when that collector is replaced:
 * decorators run when modules are loaded, long before monitoring starts. A name with another kind is counted, not thrown.
 */
export class LateHandle<Handle> {
  readonly #resolve: (collector: MetricsCollector) => Handle;
  readonly #registry = processRegistry();
  #generation = -1;
  #handle: Handle | undefined;

  constructor(resolve: (collector: MetricsCollector) => Handle) {
    this.#resolve = resolve;
  }

  /** The handle, or `undefined` when there can be none. One comparison after the first time. */
  get(): Handle | undefined {
    return this.#generation === this.#registry.generation ? this.#handle : this.#bind();
  }

  #bind(): Handle | undefined {
    const collector = getMetricsCollector();
    this.#generation = this.#registry.generation;
    try {
      this.#handle = this.#resolve(collector);
    } catch (error) {
      this.#handle = undefined;
      collector.reportError("late_handle", error);
    }
    return this.#handle;
  }
}
