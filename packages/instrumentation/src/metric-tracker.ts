import { getMetricsCollector, type MetricsCollector, MetricsError, type Timer } from "@giflab/metrics-core";

/** Options of a tracker. */
export interface MetricTrackerOptions {
  /** Tags of everything it records. */
  readonly tags?: { readonly [key: string]: string };
  /** Default: the process-wide collector, whichever it is at the time. */
  readonly collector?: MetricsCollector;
}

/**
 * Records several metrics of one operation under a common prefix.
 *
 * ```ts
 * const tracker = new MetricTracker("custom.operation");
 * const result = tracker.timer("preprocessing", () => work()); // custom.operation.preprocessing, in seconds
 * tracker.counter("items_processed", 10);
 * tracker.gauge("queue_size", 5);
 * ```
 */
export class MetricTracker {
  readonly #prefix: string;
  readonly #tags: { readonly [key: string]: string };
  readonly #chosen: MetricsCollector | undefined;

  constructor(prefix: string, options: MetricTrackerOptions = {}) {
    if (typeof prefix !== "string" || prefix === "") {
      throw new MetricsError("INVALID_OPTION", `a tracker's prefix is a metric name, got ${JSON.stringify(prefix)}`);
    }
    this.#prefix = prefix;
    this.#tags = options.tags ?? {};
    this.#chosen = options.collector;
  }

  /** Times `work` (sync, async or a generator) and passes its result or error through. */
  timer<T>(name: string, work: () => T): T;
  /** The timer itself, for `start` and `stop` around code that is not one function. */
  timer(name: string): Timer;
  timer<T>(name: string, work?: () => T): T | Timer {
    const timer = this.#timer(name);
    return work === undefined ? timer : timer.time(work);
  }

  /** Adds to a counter; default 1. */
  counter(name: string, amount = 1): void {
    this.#collector().recordCounter(this.#name(name), amount, this.#tags);
  }

  /** Sets a gauge. */
  gauge(name: string, value: number): void {
    this.#collector().recordGauge(this.#name(name), value, this.#tags);
  }

  /** Records into a histogram. */
  histogram(name: string, value: number): void {
    this.#collector().recordHistogram(this.#name(name), value, this.#tags);
  }

  /** One that does nothing, counted, for a name that is another kind of metric: the work must go on. */
  #timer(name: string): Timer {
    const collector = this.#collector();
    try {
      return collector.timer(this.#name(name), { tags: this.#tags });
    } catch (error) {
      collector.reportError("tracker", error);
      return IDLE_TIMER;
    }
  }

  #collector(): MetricsCollector {
    return this.#chosen ?? getMetricsCollector();
  }

  #name(name: string): string {
    return `${this.#prefix}.${name}`;
  }
}

const IDLE_TIMER: Timer = {
  record: () => {},
  start: () => Number.NaN,
  stop: () => Number.NaN,
  time: (work) => work(),
};
