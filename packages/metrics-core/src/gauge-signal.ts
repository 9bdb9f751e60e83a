import type { GaugeSamples } from "./gauge-samples.ts";
import type { GaugeMerge } from "./metric-definition.ts";

/** A gauge of several instances over a window `(from, to]`. */
export interface GaugeWindow {
  readonly samples: GaugeSamples;
  /** When an instance closed, or three flush intervals after its last snapshot. */
  readonly goneAt: (instance: number) => number;
  readonly merge: GaugeMerge;
  readonly from: number;
  readonly to: number;
}

/** What a gauge is at the end of a window. */
export interface GaugeEnd {
  /** The merged value at the end of the window; with no live instance the last one stated. */
  readonly last: number;
  /** True when no instance is alive at the end of the window. */
  readonly stale: boolean;
  /** When the latest value was stated. */
  readonly statedAt: number;
}

/**
 * Merges what instances stated into one step function: calls `hold` with `(from, to, value)` for each stretch in which a value
 * holds, in time order, without overlap and with gaps where no instance was alive. A value holds until the instance states
 * another (or NaN: that it states none any more) or is gone. `undefined` when nothing was stated at or before the end of the window.
 *
 * Two live instances that state 3 and 4 give 7 merged by `sum`, 4 by `max`, 3.5 by `mean`, and by `last` the one stated later.
 */
export function walkGauge(
  window: GaugeWindow,
  hold: (from: number, to: number, value: number) => void,
): GaugeEnd | undefined {
  const { instances, times, values } = window.samples.inOrder();
  let count = times.length;
  while (count > 0 && times[count - 1]! > window.to) count--;
  let stated = count;
  while (stated > 0 && Number.isNaN(values[stated - 1]!)) stated--;
  if (stated === 0) return undefined;
  const [statedAt, latest] = [times[stated - 1]!, values[stated - 1]!];
  const live = new LiveGauges(window, hold);
  for (let i = 0; i < count; i++) live.state(instances[i]!, times[i]!, values[i]!);
  const last = live.finish();
  return { last: last ?? latest, stale: last === undefined, statedAt };
}

/** The instances that are alive while time goes on. Mostly it is one, which is kept apart from the others. */
class LiveGauges {
  readonly #window: GaugeWindow;
  readonly #hold: (from: number, to: number, value: number) => void;
  readonly #others: StatedGauges;
  #reached: number;
  #only = -1;
  #onlyTime = 0;
  #onlyValue = 0;
  #onlyGone = 0;

  constructor(window: GaugeWindow, hold: (from: number, to: number, value: number) => void) {
    this.#window = window;
    this.#hold = hold;
    this.#others = new StatedGauges(window.merge);
    this.#reached = window.from;
  }

  state(instance: number, time: number, value: number): void {
    if (time > this.#window.from) this.#holdUntil(time);
    if (Number.isNaN(value)) {
      if (this.#only === instance) this.#only = -1;
      else this.#others.drop((one) => one === instance);
      return;
    }
    if (this.#only >= 0 && this.#only !== instance) {
      this.#others.set(this.#only, this.#onlyTime, this.#onlyValue);
      this.#only = -1;
    }
    if (this.#others.size > 0) {
      this.#others.set(instance, time, value);
      return;
    }
    if (this.#only < 0) this.#onlyGone = this.#window.goneAt(instance);
    this.#only = instance;
    this.#onlyTime = time;
    this.#onlyValue = value;
  }

  /** The merged value at the end of the window; `undefined` when nobody is alive. */
  finish(): number | undefined {
    const { to, goneAt } = this.#window;
    this.#holdUntil(to);
    if (this.#only >= 0) return this.#onlyGone > to ? this.#onlyValue : undefined;
    this.#others.drop((instance) => !(goneAt(instance) > to));
    return this.#others.size === 0 ? undefined : this.#others.merged();
  }

  /** Lets the current values hold up to `time`, ending instances that are gone on the way. */
  #holdUntil(time: number): void {
    if (this.#only >= 0) {
      const end = Math.min(time, Math.max(this.#reached, this.#onlyGone));
      if (end > this.#reached) this.#hold(this.#reached, end, this.#onlyValue);
      if (end < time) this.#only = -1;
    } else if (this.#others.size > 0) this.#holdOthersUntil(time);
    this.#reached = Math.max(this.#reached, time);
  }

  #holdOthersUntil(time: number): void {
    const { goneAt } = this.#window;
    while (this.#reached < time && this.#others.size > 0) {
      let end = time;
      for (const instance of this.#others.instances()) end = Math.min(end, Math.max(this.#reached, goneAt(instance)));
      if (end > this.#reached) this.#hold(this.#reached, end, this.#others.merged());
      this.#reached = end;
      if (end < time) this.#others.drop((instance) => goneAt(instance) <= end);
    }
  }
}

/** What instances stated last. */
class StatedGauges {
  readonly #merge: GaugeMerge;
  readonly #stated = new Map<number, { time: number; value: number }>();

  constructor(merge: GaugeMerge) {
    this.#merge = merge;
  }

  get size(): number {
    return this.#stated.size;
  }

  instances(): Iterable<number> {
    return this.#stated.keys();
  }

  set(instance: number, time: number, value: number): void {
    const known = this.#stated.get(instance);
    if (known === undefined) this.#stated.set(instance, { time, value });
    else {
      known.time = time;
      known.value = value;
    }
  }

  drop(isGone: (instance: number) => boolean): void {
    for (const instance of this.#stated.keys()) if (isGone(instance)) this.#stated.delete(instance);
  }

  merged(): number {
    let [sum, most, latest, last] = [0, Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN];
    for (const { time, value } of this.#stated.values()) {
      sum += value;
      if (value > most) most = value;
      if (time >= latest) {
        latest = time;
        last = value;
      }
    }
    if (this.#merge === "last") return last;
    if (this.#merge === "max") return most;
    return this.#merge === "sum" ? sum : sum / this.#stated.size;
  }
}

/**
 * The merged value at each of some rising moments, what is stated at that very moment included; `undefined` where no
 * instance is alive. At the end of a window this is what `walkGauge` gives as `last`.
 */
export function mergedGaugeAt(
  { samples, goneAt, merge }: Omit<GaugeWindow, "from" | "to">,
  moments: readonly number[],
): (number | undefined)[] {
  const { instances, times, values } = samples.inOrder();
  const live = new StatedGauges(merge);
  let next = 0;
  return moments.map((moment) => {
    for (; next < times.length && times[next]! <= moment; next++) {
      const [instance, value] = [instances[next]!, values[next]!];
      if (Number.isNaN(value)) live.drop((one) => one === instance);
      else live.set(instance, times[next]!, value);
    }
    live.drop((instance) => !(goneAt(instance) > moment));
    return live.size === 0 ? undefined : live.merged();
  });
}

/** A gauge over a window in numbers. */
export interface GaugeSummary extends GaugeEnd {
  /** How often it was stated in the window. */
  readonly count: number;
  readonly min: number | undefined;
  readonly max: number | undefined;
  /** Weighted by time. */
  readonly mean: number | undefined;
}

/**
 * Extremes and time-weighted mean of a gauge over a window, and what it is at its end. If it was alive for no time, and nobody
 * is at the end, those of the stated values. `undefined` when nothing was stated at or before the end of the window.
 */
export function summariseGauge(window: GaugeWindow): GaugeSummary | undefined {
  let [seconds, area, min, max] = [0, 0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  const end = walkGauge(window, (from, to, value) => {
    seconds += to - from;
    area += value * (to - from);
    if (value < min) min = value;
    if (value > max) max = value;
  });
  if (end === undefined) return undefined;
  const stated = statedIn(window);
  const { count } = stated;
  if (!end.stale) {
    min = Math.min(min, end.last);
    max = Math.max(max, end.last);
  }
  if (seconds > 0) return { ...end, count, min, max, mean: Math.min(max, Math.max(min, area / seconds)) };
  // Stated at the very end by instances that live on: it is the merged value that counts, not what each of them said.
  if (!end.stale) return { ...end, count, min, max, mean: end.last };
  if (count === 0) return { ...end, count, min: undefined, max: undefined, mean: undefined };
  return { ...end, count, min: stated.min, max: stated.max, mean: stated.sum / count };
}

/** The values stated in the window, whoever they are of. */
function statedIn({ samples, from, to }: GaugeWindow): { count: number; sum: number; min: number; max: number } {
  const { times, values } = samples;
  let [count, sum, min, max] = [0, 0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < times.length; i++) {
    if (!(times[i]! > from && times[i]! <= to)) continue;
    const value = values[i]!;
    if (Number.isNaN(value)) continue;
    count++;
    sum += value;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return { count, sum, min, max };
}
