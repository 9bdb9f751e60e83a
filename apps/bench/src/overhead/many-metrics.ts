import type { MetricsCollector } from "@giflab/metrics-core";

/** Recordings of a timer between two flushes. */
const CALLS = 15;
const VALUES = 4096;

/** Log-normal durations around a millisecond, made beforehand: what is measured is not their making. */
export const DURATIONS: readonly number[] = Array.from({ length: VALUES }, (_, i) => {
  // Golden-ratio steps through (0, 1) for one uniform, a second irrational for the other (Box-Muller).
  const [u, v] = [(0.5 + i * 0.618_033_988_749_895) % 1, (0.5 + i * 0.754_877_666_246_693) % 1];
  return 0.001 * Math.exp(0.5 * Math.sqrt(-2 * Math.log(1 - u)) * Math.cos(2 * Math.PI * v));
});

/** How many metrics of each kind; together they are the series. */
export interface MetricMix {
  readonly counters: number;
  readonly gauges: number;
  readonly timers: number;
}

/** As in workload W: half counters, a quarter gauges, a quarter timers. */
export function mixOf(series: number): MetricMix {
  return { counters: series / 2, gauges: series / 4, timers: series / 4 };
}

/** Makes the series, spread over metrics of at most 250, and returns what changes every one of them, a timer 15 times. */
export function manyMetrics(collector: MetricsCollector, { counters, gauges, timers }: MetricMix): () => void {
  const tagsOf = (i: number): Record<string, string> => ({ route: `/r${i % 250}` });
  const name = (kind: string, i: number): string => `bench.${kind}.${Math.floor(i / 250)}`;
  const range = (length: number): number[] => Array.from({ length }, (_, i) => i);
  const adders = range(counters).map((i) => collector.counter(name("counter", i), { tags: tagsOf(i) }));
  const setters = range(gauges).map((i) => collector.gauge(name("gauge", i), { tags: tagsOf(i) }));
  const recorders = range(timers).map((i) => collector.timer(name("timer", i), { tags: tagsOf(i) }));
  let place = 0;
  return () => {
    for (const counter of adders) counter.add(1 + (place++ & 15));
    for (const gauge of setters) gauge.set((place++ & 1023) / 8);
    for (const timer of recorders) {
      for (let call = 0; call < CALLS; call++) timer.record(DURATIONS[place++ % VALUES]!);
    }
  };
}
