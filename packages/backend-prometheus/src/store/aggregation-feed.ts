import type { Aggregation, InstanceState, SketchData } from "@giflab/metrics-core";
import { type ClassicIncrease, type ClassicSeries, classicSeries, eachClassicIncrease } from "./classic-series.ts";
import { eachIncrease } from "./increases.ts";
import type { ReadSeries } from "./slice-reader.ts";
import { spreadBuckets } from "./spread-buckets.ts";
import type { Target } from "./target.ts";
import { tagsOf } from "./targets.ts";

/** What a histogram of one instance has taken in during a step. */
interface Stretch {
  readonly step: number;
  readonly instance: number;
  readonly bounds: readonly number[];
  readonly counts: number[];
  sum: number;
  readonly first: number;
  end: number;
}

/** Gives what is read from the store to a query of core. */
export class AggregationFeed {
  readonly #aggregation: Aggregation;
  readonly #from: number;
  readonly #stepOf: (end: number) => number;
  readonly #used = new Set<Target>();
  readonly #instances = new Map<InstanceState, number>();

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
      const number = this.#numberOf(series);
      if (number >= 0) this.#addScalar(series, number);
    }
    for (const series of classicSeries(read.filter(({ role }) => role !== "value"))) {
      const number = this.#numberOf(series);
      if (number >= 0) this.#addClassic(series, number);
    }
  }

  /** After the last slice: says which time the targets cover whose series were used. */
  finish(): void {
    for (const target of this.#used) {
      target.eachCovered(this.#from, (start, end) => {
        const instance = this.#instanceAt(target, end);
        if (instance >= 0) this.#aggregation.cover(instance, start, end);
      });
    }
  }

  /** The number of a series; -1 when neither it nor any instance of its target is wanted. */
  #numberOf({ metric, labels, target }: Pick<ReadSeries, "metric" | "labels" | "target">): number {
    this.#used.add(target);
    if (target.instances.every((one) => this.#instance(one) < 0)) return -1;
    return this.#aggregation.series(metric.name, tagsOf(labels, target), metric.definition);
  }

  #instanceAt(target: Target, time: number): number {
    return this.#instance(target.instanceAt(time));
  }

  #instance(state: InstanceState): number {
    const known = this.#instances.get(state);
    if (known !== undefined) return known;
    const instance = this.#aggregation.instance(state);
    this.#instances.set(state, instance);
    return instance;
  }

  #addScalar(read: ReadSeries, series: number): void {
    const { target } = read;
    if (read.metric.definition.kind === "counter") {
      eachIncrease(read, (_start, end, increase) => {
        const instance = this.#instanceAt(target, end);
        if (instance >= 0) this.#aggregation.counter(series, instance, end, increase);
      });
      return;
    }
    for (let i = 0; i < read.times.length; i++) {
      const [end, value] = [read.times[i]!, read.values[i]! / read.metric.factor];
      const instance = this.#instanceAt(target, end);
      if (instance < 0) continue;
      if (i >= read.carried && Number.isFinite(value)) this.#aggregation.gauge(series, instance, end, value);
      const missed = target.secondScrapeAfter(end);
      if (missed !== undefined && missed <= read.until && !(read.times[i + 1]! <= missed)) {
        this.#aggregation.gauge(series, instance, missed, Number.NaN);
      }
    }
  }

  #addClassic(classic: ClassicSeries, series: number): void {
    const stretches: Stretch[] = [];
    eachClassicIncrease(classic, (increase) => {
      const { end, bounds, counts, sum } = increase;
      const instance = this.#instanceAt(classic.target, end);
      if (instance < 0) return;
      const [step, current] = [end <= this.#from ? BEFORE : this.#stepOf(end), stretches.at(-1)];
      const goesOn = current?.step === step && current.instance === instance && equal(current.bounds, bounds);
      if (goesOn) extend(current, increase);
      else stretches.push({ step, instance, bounds, counts: [...counts], sum, first: end, end });
    });
    for (const { instance, bounds, counts, sum, first, end } of stretches) {
      // That it was there counts too: for when it was seen, and for what is idle.
      this.#aggregation.sketch(series, instance, first, NOTHING);
      this.#aggregation.sketch(series, instance, end, spreadBuckets({ bounds, counts, sum }));
    }
  }
}

const NOTHING: SketchData = spreadBuckets({ bounds: [], counts: [], sum: 0 });

/** Of what lies before the window, only that it was there is of use. */
const BEFORE = Number.NEGATIVE_INFINITY;

function extend(into: Stretch, { counts, sum, end }: ClassicIncrease): void {
  for (let i = 0; i < counts.length; i++) into.counts[i]! += counts[i]!;
  into.sum += sum;
  into.end = end;
}

function equal(a: readonly number[], b: readonly number[]): boolean {
  return a === b || (a.length === b.length && a.every((one, i) => one === b[i]));
}
