import type { Aggregation, SketchData } from "@giflab/metrics-core";
import { type ClassicIncrease, type ClassicSeries, classicSeries, eachClassicIncrease } from "./classic-series.ts";
import { eachIncrease } from "./increases.ts";
import type { ReadSeries } from "./slice-reader.ts";
import { spreadBuckets } from "./spread-buckets.ts";
import type { Target } from "./target.ts";
import { tagsOf } from "./targets.ts";

/** What a histogram has taken in since it was last fed. */
interface Gathered {
  readonly step: number;
  readonly bounds: readonly number[];
  readonly counts: number[];
  sum: number;
  end: number;
}

/** Gives what is read from the store to a query of core. */
export class AggregationFeed {
  readonly #aggregation: Aggregation;
  readonly #from: number;
  readonly #stepOf: (end: number) => number;
  readonly #used = new Map<Target, number>();

  /** @param options.stepOf values of a histogram are spread over buckets once for all moments with the same step. */
  constructor(aggregation: Aggregation, options: { readonly from: number; readonly stepOf: (end: number) => number }) {
    this.#aggregation = aggregation;
    this.#from = options.from;
    this.#stepOf = options.stepOf;
  }

  /** Takes in the series of a slice. Those of one histogram come together. */
  add(read: readonly ReadSeries[]): void {
    for (const series of read) {
      if (series.role !== "value") continue;
      const place = this.#place(series);
      if (place !== undefined) this.#addScalar(series, place.series, place.instance);
    }
    for (const series of classicSeries(read.filter(({ role }) => role !== "value"))) {
      const place = this.#place(series);
      if (place !== undefined) this.#addClassic(series, place.series, place.instance);
    }
  }

  /** After the last slice: says which time the targets cover whose series were used. */
  finish(): void {
    for (const [target, instance] of this.#used) {
      if (instance < 0) continue;
      target.eachCovered(this.#from, (start, end) => this.#aggregation.cover(instance, start, end));
    }
  }

  #place({
    metric,
    labels,
    target,
  }: Pick<ReadSeries, "metric" | "labels" | "target">):
    | { readonly series: number; readonly instance: number }
    | undefined {
    const instance = this.#used.get(target) ?? this.#aggregation.instance(target);
    this.#used.set(target, instance);
    if (instance < 0) return undefined;
    const series = this.#aggregation.series(metric.name, tagsOf(labels, target), metric.definition);
    return series < 0 ? undefined : { series, instance };
  }

  #addScalar(read: ReadSeries, series: number, instance: number): void {
    if (read.metric.definition.kind === "counter") {
      eachIncrease(read, (_start, end, increase) => this.#aggregation.counter(series, instance, end, increase));
      return;
    }
    for (let i = read.carried; i < read.times.length; i++) {
      const value = read.values[i]! / read.metric.factor;
      if (Number.isFinite(value)) this.#aggregation.gauge(series, instance, read.times[i]!, value);
    }
  }

  #addClassic(classic: ClassicSeries, series: number, instance: number): void {
    const from = this.#from;
    const give = ({ bounds, counts, sum, end }: Gathered): void =>
      this.#aggregation.sketch(series, instance, end, spreadBuckets({ bounds, counts, sum }));
    let gathered: Gathered | undefined;
    const ends: { before?: number; first?: number; last?: number } = {};
    eachClassicIncrease(classic, (increase) => {
      const { end } = increase;
      if (end <= from) {
        ends.before = end;
        return;
      }
      ends.first ??= end;
      ends.last = end;
      if (increase.count === 0) return;
      const step = this.#stepOf(end);
      if (gathered !== undefined && (gathered.step !== step || !equal(gathered.bounds, increase.bounds))) {
        give(gathered);
        gathered = undefined;
      }
      gathered = gather(gathered, increase, step);
    });
    if (gathered !== undefined) give(gathered);
    // That it was there counts too: for when it was seen, and for what is idle.
    for (const end of Object.values(ends)) this.#aggregation.sketch(series, instance, end, NOTHING);
  }
}

const NOTHING: SketchData = spreadBuckets({ bounds: [], counts: [], sum: 0 });

function gather(into: Gathered | undefined, { bounds, counts, sum, end }: ClassicIncrease, step: number): Gathered {
  if (into === undefined) return { step, bounds, counts: [...counts], sum, end };
  for (let i = 0; i < counts.length; i++) into.counts[i]! += counts[i]!;
  into.sum += sum;
  into.end = end;
  return into;
}

function equal(a: readonly number[], b: readonly number[]): boolean {
  return a === b || (a.length === b.length && a.every((one, i) => one === b[i]));
}
