import { MetricsError, timeCall } from "@giflab/metrics-core";
import { LateHandle, type TrackOptions } from "./late-handle.ts";
import { type AnyFunction, type TrackDecorator, wrapperOrDecorator } from "./wrap-function.ts";

/** How much a call counts. */
export interface TrackCounterOptions extends TrackOptions {
  /** Added per call, 0 or more; default 1. Failed calls count too. */
  readonly amount?: number;
}

/** Which number of a call is recorded. A wrapper knows the types of result and arguments; a decorator is told them. */
export interface TrackValueOptions<Result = never, Args extends readonly unknown[] = never> extends TrackOptions {
  /** Taken from the result (of a promise: its value) and the arguments; default: the result itself, if it is a number. */
  readonly value?: (result: Result, args: Args) => number;
}

/** The options for wrapping `F`. */
type ValueOptionsOf<F extends AnyFunction> = TrackValueOptions<Awaited<ReturnType<F>>, Parameters<F>>;

function checked<Options extends TrackOptions>(options: Options): Options {
  if (typeof options?.metricName === "string" && options.metricName !== "") return options;
  throw new MetricsError(
    "INVALID_OPTION",
    `metricName must be a metric's name, got ${JSON.stringify(options?.metricName)}`,
  );
}

/**
 * Times every call, in seconds: as a decorator of methods or as a wrapper of plain functions. Async functions are timed until
 * they settle, generators until they are exhausted; failures are timed too. Costs two clock readings and about 30 ns.
 *
 * ```ts
 * class Service {
 *   @trackTiming({ metricName: "service.handle.duration" })
 *   async handle() {}
 * }
 * const parse = trackTiming({ metricName: "parse.duration" }, (text: string) => JSON.parse(text));
 * ```
 */
export function trackTiming(options: TrackOptions): TrackDecorator;
export function trackTiming<F extends AnyFunction>(options: TrackOptions, fn: F): F;
export function trackTiming(options: TrackOptions, fn?: AnyFunction): AnyFunction | TrackDecorator {
  const { metricName, tags = {} } = checked(options);
  const handle = new LateHandle((collector) => collector.timer(metricName, { tags }));
  return wrapperOrDecorator(
    (call) => {
      const timer = handle.get();
      return timer === undefined ? call() : timer.time(call);
    },
    fn,
    "trackTiming",
  );
}

/** Counts every call, failed ones included, when it begins. Decorator or wrapper, as `trackTiming`. */
export function trackCounter(options: TrackCounterOptions): TrackDecorator;
export function trackCounter<F extends AnyFunction>(options: TrackCounterOptions, fn: F): F;
export function trackCounter(options: TrackCounterOptions, fn?: AnyFunction): AnyFunction | TrackDecorator {
  const { metricName, tags = {}, amount = 1 } = checked(options);
  const handle = new LateHandle((collector) => collector.counter(metricName, { tags }));
  return wrapperOrDecorator(
    (call) => {
      handle.get()?.add(amount);
      return call();
    },
    fn,
    "trackCounter",
  );
}

/** Sets a gauge to a number of every call that succeeds. Decorator or wrapper, as `trackTiming`. */
export function trackGauge(options: TrackValueOptions): TrackDecorator;
export function trackGauge<F extends AnyFunction>(options: ValueOptionsOf<F>, fn: F): F;
export function trackGauge(options: TrackValueOptions, fn?: AnyFunction): AnyFunction | TrackDecorator {
  const { metricName, tags = {} } = checked(options);
  const handle = new LateHandle((collector) => {
    const gauge = collector.gauge(metricName, { tags });
    return {
      record: (value: number) => gauge.set(value),
      onError: (error: unknown) => collector.reportError("track_value", error),
    };
  });
  return trackValue(options, handle, fn, "trackGauge");
}

/** Records a number of every call that succeeds into a histogram. Decorator or wrapper, as `trackTiming`. */
export function trackHistogram(options: TrackValueOptions): TrackDecorator;
export function trackHistogram<F extends AnyFunction>(options: ValueOptionsOf<F>, fn: F): F;
export function trackHistogram(options: TrackValueOptions, fn?: AnyFunction): AnyFunction | TrackDecorator {
  const { metricName, tags = {} } = checked(options);
  const handle = new LateHandle((collector) => {
    const histogram = collector.histogram(metricName, { tags });
    return {
      record: (value: number) => histogram.record(value),
      onError: (error: unknown) => collector.reportError("track_value", error),
    };
  });
  return trackValue(options, handle, fn, "trackHistogram");
}

interface ValueHandle {
  record(value: number): void;
  onError(error: unknown): void;
}

function trackValue(
  options: TrackValueOptions,
  handle: LateHandle<ValueHandle>,
  fn: AnyFunction | undefined,
  decorator: string,
): AnyFunction | TrackDecorator {
  const value = options.value as ((result: unknown, args: readonly unknown[]) => number) | undefined;
  return wrapperOrDecorator(
    (call, args) => {
      const target = handle.get();
      if (target === undefined) return call();
      return timeCall(call, (failed, result) => {
        if (failed) return;
        try {
          const number = value === undefined ? result : value(result, args);
          if (value !== undefined || typeof number === "number") target.record(number as number);
        } catch (error) {
          target.onError(error);
        }
      });
    },
    fn,
    decorator,
  );
}
