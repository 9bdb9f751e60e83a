import type { MetricsBackend } from "./backend.ts";
import { waitAlive, waitAtMost } from "./bounded-wait.ts";
import { type Clock, systemClock } from "./clock.ts";
import { CollectCallbacks } from "./collect-callbacks.ts";
import {
  type CollectorOptions,
  type CollectorSettings,
  type ReconfigurableOptions,
  resolveOptions,
} from "./collector-options.ts";
import { type Counter, NOOP_COUNTER } from "./counter.ts";
import { type ExitParticipant, exitHook } from "./exit-hook.ts";
import { type Gauge, NOOP_GAUGE } from "./gauge.ts";
import { type Histogram, NOOP_HISTOGRAM } from "./histogram.ts";
import { type InstanceIdentity, identifyInstance } from "./instance.ts";
import type { MetricCatalogue, MetricKind, RecordedMetricDefinition } from "./metric-definition.ts";
import type { GaugeOptions, MetricOptions } from "./metric-options.ts";
import { MetricsError } from "./metrics-error.ts";
import { Outlet, type SnapshotHeader } from "./outlet.ts";
import { errorText, ProblemLog } from "./problem-log.ts";
import { processRegistry } from "./process-registry.ts";
import { SELF_METRICS } from "./self-metrics.ts";
import { type HandleOf, SeriesRegistry } from "./series-registry.ts";
import { NO_TAGS, type TagInput } from "./tag-set.ts";
import { ThreadIntake } from "./threads/thread-intake.ts";
import type { ThreadLink } from "./threads/thread-link.ts";
import { NOOP_TIMER, type Timer } from "./timer.ts";

/** Seconds that `flush()` waits for a store that is busy. */
const FLUSH_SECONDS = 1;

const JOINED_ADDS_NONE =
  "this worker thread records into the collector of its main thread, where backends are added; a new MetricsCollector can have its own";

/** Whose last snapshot a collection makes. */
type Ending = "nobody" | "everybody" | "synchronous backends";

/**
 * Records metrics in memory and hands snapshots to backends: every `flushIntervalSeconds`, on `flush()` and when the
 * process ends. Recording never throws, never waits and never logs per call.
 *
 * ```ts
 * const collector = new MetricsCollector({ backends: [new MemoryBackend()], service: "api" });
 * const hits = collector.counter("cache.hits", { tags: { tier: "memory" } });
 * hits.add(1);
 * await collector.close();
 * ```
 */
export class MetricsCollector implements AsyncDisposable {
  readonly clock: Clock;
  #settings: CollectorSettings;
  #instance: InstanceIdentity | undefined;
  readonly #registry: SeriesRegistry;
  readonly #sampling: { rate: number; readonly random: () => number };
  readonly #outlets: Outlet[] = [];
  readonly #callbacks = new CollectCallbacks();
  readonly #problems: ProblemLog;
  readonly #participant: ExitParticipant;
  readonly #createdAt: number;
  /** In a worker thread: the way to the collector of a thread above, which delivers what is recorded here. */
  readonly #link: ThreadLink | undefined;
  /** What worker threads record here. */
  #intake: ThreadIntake | undefined;
  #timer: NodeJS.Timeout | undefined;
  #closing: Promise<void> | undefined;
  #closed = false;

  /**
   * Throws `INVALID_OPTION` that names the option, what was given and what is allowed.
   * @param link given by `getMetricsCollector` in a worker thread that joins the monitoring of its main thread.
   */
  constructor(options: CollectorOptions = {}, link?: ThreadLink) {
    this.#settings = resolveOptions({ ...link?.options, onWarning: link?.warn, ...options });
    this.#link = link;
    this.clock = options.clock ?? systemClock;
    this.#createdAt = this.clock.monotonic();
    this.#sampling = { rate: this.#settings.samplingRate, random: this.#settings.random };
    this.#problems = new ProblemLog(
      () => this.#registry,
      () => this.#settings.onWarning,
    );
    this.#registry = new SeriesRegistry({
      clock: this.clock,
      sampling: this.#sampling,
      maxSeriesPerMetric: this.#settings.maxSeriesPerMetric,
      onProblem: (reason, detail) => this.reportError(reason, detail),
      allocator: link?.cells,
      announcer: link,
    });
    this.#participant = {
      handleSignals: this.#settings.handleSignals,
      flushBeforeExit: (seconds) => this.#flushBeforeExit(seconds),
      closeAtExit: (deadline) => this.#closeAtExit(deadline),
      flushAtSignal: (deadline) => this.#flushAtSignal(deadline),
    };
    this.#registry.define(SELF_METRICS);
    for (const backend of options.backends ?? []) this.addBackend(backend);
    if (link === undefined) return;
    exitHook().add(this.#participant);
    this.#startTimer();
  }

  /** Who records here. */
  get instance(): InstanceIdentity {
    this.#instance ??= identifyInstance(this.#settings);
    return this.#instance;
  }

  /** False when monitoring is off: handles do nothing and no backend is written to. */
  get enabled(): boolean {
    return this.#settings.enabled;
  }

  /**
   * True in a worker thread whose main thread (or another above it) runs monitoring: what is recorded here is delivered by
   * that one, also when this thread is terminated, and no backend can be added.
   */
  get joined(): boolean {
    return this.#link !== undefined;
  }

  get flushIntervalSeconds(): number {
    return this.#settings.flushIntervalSeconds;
  }

  /** Backends in the order in which they were added. */
  get backends(): readonly MetricsBackend[] {
    return this.#outlets.map((outlet) => outlet.backend);
  }

  /** A counter, made on first use; resolve once, use many times. Throws `METRIC_CONFLICT` for a name of another kind or unit. */
  counter(name: string, options: MetricOptions = {}): Counter {
    return this.#resolve("counter", name, options) ?? NOOP_COUNTER;
  }

  /** A gauge; see `counter`. */
  gauge(name: string, options: GaugeOptions = {}): Gauge {
    return this.#resolve("gauge", name, options) ?? NOOP_GAUGE;
  }

  /** A histogram; see `counter`. */
  histogram(name: string, options: MetricOptions = {}): Histogram {
    return this.#resolve("histogram", name, options) ?? NOOP_HISTOGRAM;
  }

  /** A timer; see `counter`. Its unit is seconds. */
  timer(name: string, options: MetricOptions = {}): Timer {
    return this.#resolve("timer", name, { unit: "s", ...options }) ?? NOOP_TIMER;
  }

  /** Adds to a counter by name. About 10 ns and 5 to 15 a tag; never throws: what cannot be recorded is counted. */
  recordCounter(name: string, amount = 1, tags: TagInput = NO_TAGS): void {
    if (!this.#settings.enabled) return;
    try {
      this.#registry.find(name, "counter", tags)?.add(amount);
    } catch (error) {
      this.reportError("invalid_tags", error);
    }
  }

  /** Sets a gauge by name; see `recordCounter`. */
  recordGauge(name: string, value: number, tags: TagInput = NO_TAGS): void {
    if (!this.#settings.enabled) return;
    try {
      this.#registry.find(name, "gauge", tags)?.set(value);
    } catch (error) {
      this.reportError("invalid_tags", error);
    }
  }

  /** Records into a histogram by name; see `recordCounter`. */
  recordHistogram(name: string, value: number, tags: TagInput = NO_TAGS): void {
    if (!this.#settings.enabled) return;
    try {
      this.#registry.find(name, "histogram", tags)?.record(value);
    } catch (error) {
      this.reportError("invalid_tags", error);
    }
  }

  /** Records a duration in seconds by name; see `recordCounter`. */
  recordTimer(name: string, seconds: number, tags: TagInput = NO_TAGS): void {
    if (!this.#settings.enabled) return;
    try {
      this.#registry.find(name, "timer", tags)?.record(seconds);
    } catch (error) {
      this.reportError("invalid_tags", error);
    }
  }

  /**
   * Declares metrics with units, descriptions, normal ranges and formulas of derived ones; what is recorded under these
   * names carries them into every store. Throws `METRIC_CONFLICT` or `INVALID_METRIC`, and then declares none.
   */
  define(catalogue: MetricCatalogue): void {
    if (this.#settings.enabled) this.#registry.define(catalogue);
  }

  /** Calls back before each collection, to read statistics into gauges. Returns a function that ends it. */
  onCollect(callback: () => void): () => void {
    return this.#callbacks.add(callback);
  }

  /** Adds a backend; it gets everything recorded since the collector was made. */
  addBackend(backend: MetricsBackend): void {
    if (this.#closed) throw new MetricsError("CLOSED", "a backend cannot be added to a closed collector");
    if (this.#link !== undefined) throw new MetricsError("INVALID_OPTION", JOINED_ADDS_NONE);
    if (!this.#settings.enabled) return;
    const outlet = new Outlet(backend, this.#registry, {
      since: this.#createdAt,
      elder: this.#outlets[0]?.cursor,
      bufferSize: this.#settings.bufferSize,
      random: this.#settings.random,
      onDropped: (points, why) => this.#problems.dropped(backend.name, points, why),
      onFailure: (error) => this.reportError("write_failed", error, backend.name),
      collectNow: (one) => this.#collect("nobody", true, [one]),
    });
    this.#outlets.push(outlet);
    outlet.attach();
    exitHook().add(this.#participant);
    this.#startTimer();
    if (processRegistry().collector === this) this.acceptThreads();
  }

  /**
   * Lets worker threads that are started from now on record here: in them the process-wide collector is `joined`. Happens by
   * itself when the process-wide collector has a backend; to be called earlier when threads start before. Idempotent.
   */
  acceptThreads(): void {
    if (this.#closed || this.#link !== undefined) return;
    this.#intake ??= ThreadIntake.create({ registry: this.#registry, problems: this.#problems });
    this.#intake?.offer(this.#settings);
  }

  /** Lets no more threads join; those that have go on recording here. */
  refuseThreads(): void {
    this.#intake?.withdraw();
  }

  /**
   * Changes options of a collector that exists already, such as the process-wide one. Throws `INVALID_OPTION` for values
   * that are not allowed, and when service or version change after the first snapshot.
   */
  configure(options: ReconfigurableOptions): void {
    const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
    const settings = resolveOptions({ ...this.#settings, ...given });
    const renamed = settings.service !== this.#settings.service || settings.version !== this.#settings.version;
    if (renamed && this.#outlets.some((outlet) => outlet.begun)) {
      throw new MetricsError("INVALID_OPTION", "service and version cannot change after the first snapshot");
    }
    this.#settings = settings;
    if (renamed) this.#instance = undefined;
    if (this.#sampling.rate !== settings.samplingRate) {
      this.#sampling.rate = settings.samplingRate;
      this.#registry.restartSampling();
    }
    for (const { queue } of this.#outlets) queue.bufferSize = settings.bufferSize;
    this.#intake?.offerAnew(settings);
    this.#startTimer();
  }

  /**
   * Hands everything recorded so far to the backends and waits until each has accepted it or refused it; a store that is
   * busy is asked again for up to a second. Never rejects: what was refused stays queued, and is counted if it is dropped.
   */
  async flush(): Promise<void> {
    if (this.#closed) return;
    this.#collect("nobody");
    const flushed = this.#outlets.map((outlet) =>
      outlet.flush(FLUSH_SECONDS, (error) => this.reportError("flush_failed", error)),
    );
    await waitAlive(Promise.all(flushed));
  }

  /** The same without the event loop, for backends that can write synchronously; at most a second. */
  flushSync(): void {
    if (this.#closed) return;
    for (const error of this.#deliverSync(performance.now() + FLUSH_SECONDS * 1000)) {
      this.reportError("write_failed", error);
    }
  }

  /**
   * Delivers the rest, waiting up to five seconds for backends that are slow or busy, and closes them, waiting as long.
   * Idempotent; never rejects.
   */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /**
   * Counts something that went wrong inside monitoring in `giflab.monitoring.errors`, and says each reason once, or once
   * for each thing that it is `about`. For instrumentation and backends. Never throws.
   */
  reportError(reason: string, error?: unknown, about?: string): void {
    if (!this.#settings.enabled) return;
    this.#problems.error(reason, error, about);
  }

  #resolve<K extends MetricKind>(kind: K, name: string, options: GaugeOptions): HandleOf[K] | undefined {
    if (!this.#settings.enabled) return undefined;
    const { tags = NO_TAGS, ...description } = options;
    const definition = { kind, ...description } as RecordedMetricDefinition & { kind: K };
    return this.#registry.resolve(name, definition, tags);
  }

  #startTimer(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    const idle = this.#outlets.length === 0 && this.#link === undefined;
    if (idle || this.#closed || !this.#settings.enabled) return;
    this.#timer = setInterval(() => this.#flushInBackground(), this.#settings.flushIntervalSeconds * 1000);
    this.#timer.unref();
  }

  #flushInBackground(): void {
    try {
      this.#collect("nobody", true);
      for (const { queue } of this.#outlets) void queue.deliver();
    } catch (error) {
      this.reportError("collect_failed", error);
    }
  }

  /** Queues snapshots; none once it is closed. */
  #collect(ending: Ending, unhurried = false, outlets: readonly Outlet[] = this.#outlets): void {
    if (this.#closed) return;
    this.#callbacks.run((error) => this.reportError("collect_callback", error));
    this.#intake?.gather(unhurried);
    const end = this.clock.now();
    const monotonic = this.clock.monotonic();
    const cursors = this.#outlets.map((outlet) => outlet.cursor);
    const header: Omit<SnapshotHeader, "final"> = {
      instance: this.instance,
      end,
      flushIntervalSeconds: this.#settings.flushIntervalSeconds,
      derived: this.#registry.derived,
    };
    for (const outlet of outlets) {
      const synchronous = outlet.backend.writeSync !== undefined;
      const final = ending === "everybody" || (ending === "synchronous backends" && synchronous);
      outlet.collect({ ...header, final }, monotonic, cursors);
    }
  }

  async #close(): Promise<void> {
    if (this.#closed) return;
    this.#collect("everybody");
    this.#end();
    const left = await Promise.all(
      this.#outlets.map((outlet) =>
        outlet.close((error) => this.#problems.warn(`closing ${outlet.backend.name} failed: ${errorText(error)}`)),
      ),
    );
    // Only now: a process that ends meanwhile still delivers what waits.
    exitHook().remove(this.#participant);
    const lost = left.reduce((total, points) => total + points, 0);
    if (lost > 0) this.#problems.warn(`${lost} metric points could not be written before the collector was closed`);
  }

  #end(): void {
    this.#closed = true;
    clearInterval(this.#timer);
    this.#link?.close();
    this.#intake?.close();
  }

  async #flushBeforeExit(seconds: number): Promise<void> {
    const asynchronous = this.#outlets.filter(({ queue }) => queue.backend.writeSync === undefined);
    if (asynchronous.length === 0 || this.#closed) return;
    this.#collect("nobody");
    const flushed = asynchronous.map((outlet) => outlet.flushBeforeExit(seconds));
    await waitAtMost(Promise.all(flushed), seconds);
  }

  /** Collects and delivers; returns what went wrong. */
  #deliverSync(deadline: number): readonly unknown[] {
    this.#collect("nobody");
    return this.#outlets.flatMap(({ queue }) => queue.deliverSync(deadline) ?? []);
  }

  /** Counts what goes wrong, but says nothing: at the end of a process there is one line for all. */
  #flushAtSignal(deadline: number): void {
    for (const _ of this.#deliverSync(deadline))
      this.#problems.count("giflab.monitoring.errors", 1, { reason: "write_failed" });
  }

  #closeAtExit(deadline: number): number {
    this.#collect("synchronous backends");
    this.#end();
    exitHook().remove(this.#participant);
    let left = 0;
    for (const outlet of this.#outlets) left += outlet.closeSync(deadline);
    return left;
  }
}
