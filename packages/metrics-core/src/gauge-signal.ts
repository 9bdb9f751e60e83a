import type { GaugeMerge } from "./metric-definition.ts";

/** A gauge value that an instance stated. */
export interface GaugeSample {
  readonly instance: number;
  readonly time: number;
  readonly value: number;
}

/** The merged gauge over a stretch of time: `value` holds in `(from, to]`. */
export interface GaugeSegment {
  readonly from: number;
  readonly to: number;
  readonly value: number;
}

/** A gauge of several instances as one signal over a window. */
export interface GaugeSignal {
  /** In time order, without overlap; gaps where no instance was alive. */
  readonly segments: readonly GaugeSegment[];
  /** The merged value at the end of the window; with no live instance the last one stated. */
  readonly last: number;
  /** True when no instance is alive at the end of the window. */
  readonly stale: boolean;
  /** When the latest value was stated. */
  readonly statedAt: number;
}

/**
 * Merges what instances stated into one step function over `(from, to]`. A value holds until the instance states another
 * or is gone: `goneAt(instance)` is when it closed, or three flush intervals after its last snapshot. `undefined` when
 * nothing was stated at or before `to`.
 *
 * Two live instances that state 3 and 4 give 7 merged by `sum`, 4 by `max`, 3.5 by `mean`, and by `last` the one stated later.
 */
export function mergeGauge(
  samples: readonly GaugeSample[],
  goneAt: (instance: number) => number,
  merge: GaugeMerge,
  from: number,
  to: number,
): GaugeSignal | undefined {
  const ordered = samples.filter((sample) => sample.time <= to).sort((a, b) => a.time - b.time);
  const latest = ordered.at(-1);
  if (latest === undefined) return undefined;
  const live = new Map<number, GaugeSample>();
  const segments: GaugeSegment[] = [];
  let reached = from;
  /** Lets the current values hold up to `time`, ending instances that are gone on the way. */
  const holdUntil = (time: number): void => {
    while (reached < time && live.size > 0) {
      let end = time;
      for (const instance of live.keys()) end = Math.min(end, Math.max(reached, goneAt(instance)));
      if (end > reached) segments.push({ from: reached, to: end, value: mergeValues(live, merge) });
      reached = end;
      if (end < time) for (const instance of live.keys()) if (goneAt(instance) <= end) live.delete(instance);
    }
    reached = Math.max(reached, time);
  };
  for (const sample of ordered) {
    if (sample.time > from) holdUntil(sample.time);
    live.set(sample.instance, sample);
  }
  holdUntil(to);
  for (const instance of live.keys()) if (!(goneAt(instance) > to)) live.delete(instance);
  const stale = live.size === 0;
  return { segments, last: stale ? latest.value : mergeValues(live, merge), stale, statedAt: latest.time };
}

/**
 * The merged value at each of some rising moments, what is stated at that very moment included; `undefined` where no
 * instance is alive. At the end of a window this is what `mergeGauge` gives as `last`.
 */
export function mergedGaugeAt(
  samples: readonly GaugeSample[],
  goneAt: (instance: number) => number,
  merge: GaugeMerge,
  moments: readonly number[],
): (number | undefined)[] {
  const ordered = [...samples].sort((a, b) => a.time - b.time);
  const live = new Map<number, GaugeSample>();
  let next = 0;
  return moments.map((moment) => {
    for (; next < ordered.length && ordered[next]!.time <= moment; next++) {
      live.set(ordered[next]!.instance, ordered[next]!);
    }
    for (const instance of live.keys()) if (!(goneAt(instance) > moment)) live.delete(instance);
    return live.size === 0 ? undefined : mergeValues(live, merge);
  });
}

function mergeValues(live: ReadonlyMap<number, GaugeSample>, merge: GaugeMerge): number {
  const values = [...live.values()];
  if (merge === "last") return values.reduce((a, b) => (b.time >= a.time ? b : a)).value;
  if (merge === "max") return values.reduce((most, sample) => Math.max(most, sample.value), Number.NEGATIVE_INFINITY);
  const sum = values.reduce((total, sample) => total + sample.value, 0);
  return merge === "sum" ? sum : sum / values.length;
}

/**
 * Extremes and time-weighted mean of a signal over a window. If it was alive for no time, and nobody is at the end, those of
 * the stated values.
 */
export function summariseGauge(
  signal: GaugeSignal,
  stated: readonly number[],
): { readonly min: number | undefined; readonly max: number | undefined; readonly mean: number | undefined } {
  let seconds = 0;
  let area = 0;
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (const segment of signal.segments) {
    seconds += segment.to - segment.from;
    area += segment.value * (segment.to - segment.from);
    min = Math.min(min, segment.value);
    max = Math.max(max, segment.value);
  }
  if (!signal.stale) {
    min = Math.min(min, signal.last);
    max = Math.max(max, signal.last);
  }
  if (seconds > 0) return { min, max, mean: Math.min(max, Math.max(min, area / seconds)) };
  // Stated at the very end by instances that live on: it is the merged value that counts, not what each of them said.
  if (!signal.stale) return { min, max, mean: signal.last };
  if (stated.length === 0) return { min: undefined, max: undefined, mean: undefined };
  return {
    // One by one: there may be more of them than a call takes arguments.
    min: stated.reduce((a, b) => Math.min(a, b)),
    max: stated.reduce((a, b) => Math.max(a, b)),
    mean: stated.reduce((total, value) => total + value, 0) / stated.length,
  };
}
