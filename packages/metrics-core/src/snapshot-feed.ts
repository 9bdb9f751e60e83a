import type { Aggregation } from "./aggregation.ts";
import type { MetricSnapshot, SeriesDescriptor, SnapshotPoint } from "./snapshot.ts";

/** A series as an aggregation knows it. */
interface FedSeries {
  readonly descriptor: SeriesDescriptor;
  readonly number: number;
  /** Instances that have had a point of it before the window: mostly it is one, which is kept apart from the others. */
  instance: number;
  others: Set<number> | undefined;
}

/** Hands the points of snapshots to an aggregation; what number a series has there is asked once, as one object describes it in all snapshots. */
export class SnapshotFeed {
  readonly #aggregation: Aggregation;
  readonly #series = new Map<SeriesDescriptor, FedSeries>();
  /** The series by their place in a snapshot: the next one mostly has them in the same places. */
  readonly #places: FedSeries[] = [];

  constructor(aggregation: Aggregation) {
    this.#aggregation = aggregation;
  }

  snapshot(instance: number, { end, points }: MetricSnapshot): void {
    for (let place = 0; place < points.length; place++) {
      const point = points[place]!;
      this.#feed(this.#at(place, point.series).number, instance, end, point);
    }
  }

  /** One before the window, the latest first: what later ones have had already is ignored. */
  snapshotBefore(instance: number, { end, points }: MetricSnapshot): void {
    for (let place = 0; place < points.length; place++) {
      const point = points[place]!;
      const series = this.#at(place, point.series);
      if (series.instance === instance || series.others?.has(instance)) continue;
      if (series.instance < 0) series.instance = instance;
      else {
        series.others ??= new Set();
        series.others.add(instance);
      }
      this.#feed(series.number, instance, end, point);
    }
  }

  #feed(series: number, instance: number, end: number, point: SnapshotPoint): void {
    if (series < 0) return;
    if (point.kind === "counter") this.#aggregation.counter(series, instance, end, point.delta);
    else if (point.kind === "gauge") this.#aggregation.gauge(series, instance, end, point.value);
    else this.#aggregation.sketch(series, instance, end, point.sketch);
  }

  #at(place: number, descriptor: SeriesDescriptor): FedSeries {
    const expected = this.#places[place];
    if (expected?.descriptor === descriptor) return expected;
    let series = this.#series.get(descriptor);
    if (series === undefined) {
      const { name, tags, definition } = descriptor;
      const number = this.#aggregation.series(name, tags, definition);
      series = { descriptor, number, instance: -1, others: undefined };
      this.#series.set(descriptor, series);
    }
    this.#places[place] = series;
    return series;
  }
}
