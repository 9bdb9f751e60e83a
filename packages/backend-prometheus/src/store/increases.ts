import type { ReadSeries } from "./slice-reader.ts";
import type { Target } from "./target.ts";

/** Where the increase up to a sample of a running total begins. */
export interface Origin {
  /** Epoch seconds; `undefined` when the total may have begun at any time, so that its first sample says nothing. */
  readonly since: number | undefined;
  /** Whether it began there, at 0, instead of going on from the sample before. */
  readonly anew: boolean;
}

const UNKNOWN: Origin = { since: undefined, anew: false };

/**
 * Where the increase up to the sample at `time` begins. A total that is lower than before, or of a process that began
 * meanwhile, began at 0. So did one that is there for the first time, if its target was scraped before without it, or if
 * its process began since then: `increase()` of Prometheus leaves these out.
 */
export function originOf(
  target: Target,
  before: { readonly time: number; readonly value: number } | undefined,
  { time, value }: { readonly time: number; readonly value: number },
): Origin {
  if (before !== undefined) {
    if (value >= before.value && !target.restartedBetween(before.time, time))
      return { since: before.time, anew: false };
    return { since: Math.min(time, Math.max(before.time, target.startAt(time) ?? before.time)), anew: true };
  }
  const scraped = target.scrapeBefore(time);
  if (scraped === undefined) {
    const began = target.freshAt(time);
    return began === undefined ? UNKNOWN : { since: began, anew: true };
  }
  return { since: Math.min(time, Math.max(scraped, target.startAt(time) ?? scraped)), anew: true };
}

/**
 * Calls `take` with each sample of a counter as what it has increased by, in the metric's own unit: `(start, end]` and the
 * increase, 0 for a first sample of unknown origin.
 *
 * 3, 5, 1, 2 scraped every 10 s are +2, +1 (a restart) and +1.
 */
export function eachIncrease(series: ReadSeries, take: (start: number, end: number, increase: number) => void): void {
  const { times, values, target, carried } = series;
  const { factor } = series.metric;
  let before: { readonly time: number; readonly value: number } | undefined;
  for (let i = 0; i < times.length; i++) {
    const sample = { time: times[i]!, value: values[i]! };
    if (!Number.isFinite(sample.value)) continue;
    if (i >= carried) {
      const { since, anew } = originOf(target, before, sample);
      const increase = since === undefined ? 0 : sample.value - (anew ? 0 : before!.value);
      take(since ?? sample.time, sample.time, Math.max(0, increase) / factor);
    }
    before = sample;
  }
}
