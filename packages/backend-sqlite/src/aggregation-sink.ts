import type { Aggregation } from "@giflab/metrics-core";
import type { StoreView } from "./store-reader.ts";
import { storedWriter } from "./stored-writer.ts";

/** The numbers that an aggregation has given to instances and series, by row id. Holds as long as its view does. */
export class AggregationSink {
  readonly aggregation: Aggregation;
  readonly #view: StoreView;
  readonly #instances = new Map<number, number>();
  readonly #lastEnds = new Map<number, number>();
  readonly #numbers: (number | undefined)[] = [];
  readonly #stated = new Set<number>();

  constructor(aggregation: Aggregation, view: StoreView) {
    this.aggregation = aggregation;
    this.#view = view;
  }

  /** Number of an instance, or -1 when it is not wanted. */
  instance(writer: number): number {
    let number = this.#instances.get(writer);
    if (number === undefined) {
      const state = storedWriter(this.#view.connection, writer);
      number = state === undefined ? -1 : this.aggregation.instance(state);
      this.#instances.set(writer, number);
      if (state !== undefined) this.#lastEnds.set(writer, state.lastEnd);
    }
    return number;
  }

  /** When an instance that `instance` was asked about wrote last. */
  lastEnd(writer: number): number {
    return this.#lastEnds.get(writer) ?? Number.NEGATIVE_INFINITY;
  }

  /** Number of a series, or -1 when it is not wanted. */
  series(id: number): number {
    return this.#numbers[id] ?? this.#ask(id);
  }

  gauge(id: number, instance: number, end: number, value: number): void {
    const series = this.series(id);
    if (series < 0) return;
    this.#stated.add(id);
    this.aggregation.gauge(series, instance, end, value);
  }

  /** A gauge has a value, fed by other ways than `gauge`. */
  stated(id: number): void {
    this.#stated.add(id);
  }

  /** Whether a wanted gauge has had no value yet. */
  lacksGauge(id: number): boolean {
    return !this.#stated.has(id) && this.series(id) >= 0;
  }

  #ask(id: number): number {
    const stored = this.#view.series.get(id);
    const number = stored === undefined ? -1 : this.aggregation.series(stored.name, stored.tags, stored.definition);
    this.#numbers[id] = number;
    return number;
  }
}
