import { MergedSketch, type MetricKind, type MetricPoint, type Tags, tagSetKey } from "@giflab/metrics-core";

/** At most so many windows of one process: more, and neighbouring flushes are taken together. */
const MOST_WINDOWS = 500;

/** What one process recorded of one series in one window. */
export interface Cell {
  /** Counters: the increase. Gauges: values times the seconds they held. Timers and histograms: the sum. */
  sum: number;
  /** Gauges: the seconds. */
  weight: number;
  /** Timers and histograms. */
  readonly sketch: MergedSketch | undefined;
}

/** One process, and for which seconds of which windows there are points of it. */
export interface CollectedInstance {
  readonly id: string;
  /** Its service, once that is known. */
  service: string;
  readonly covered: Map<number, number>;
  lastTimestamp: number;
}

export interface CollectedSeries {
  readonly name: string;
  readonly tags: Tags;
  readonly kind: MetricKind;
  readonly unit: string | undefined;
  /** By instance, then by window. */
  readonly cells: Map<CollectedInstance, Map<number, Cell>>;
}

/** A point of a store or of an export, in which the instance is a `writerId`. */
export type CollectedPoint = MetricPoint extends infer Point
  ? Point extends MetricPoint
    ? Omit<Point, "instance"> & { readonly instance: string }
    : never
  : never;

/**
 * Takes in the points of one side of a comparison, in the order of their times, and sorts them into windows per process: one
 * per flush, or several flushes together when there are more than 500. Memory grows with series x windows, not with points.
 */
export class UnitCollector {
  readonly series: Map<string, CollectedSeries> = new Map();
  readonly instances: Map<string, CollectedInstance> = new Map();
  readonly #from: number;
  readonly #windowSeconds: number;

  /** @param window `from` and `to` in epoch seconds, between which all points lie */
  constructor({ from, to }: { readonly from: number; readonly to: number }) {
    this.#from = from;
    this.#windowSeconds = Math.max((to - from) / MOST_WINDOWS, 1e-6);
  }

  add(point: CollectedPoint): void {
    const instance = this.#instance(point.instance);
    const { name, tags, kind, unit, timestamp, resolutionSeconds } = point;
    const window = Math.ceil((timestamp - this.#from) / this.#windowSeconds);
    if (timestamp !== instance.lastTimestamp) {
      instance.lastTimestamp = timestamp;
      instance.covered.set(window, (instance.covered.get(window) ?? 0) + resolutionSeconds);
    }
    const key = JSON.stringify([name, tagSetKey(tags)]);
    let series = this.series.get(key);
    if (series === undefined) {
      series = { name, tags, kind, unit, cells: new Map() };
      this.series.set(key, series);
    }
    const cell = cellOf(series, instance, window);
    if ("value" in point) {
      cell.sum += kind === "gauge" ? point.value * resolutionSeconds : point.value;
      cell.weight += resolutionSeconds;
    } else {
      const { count, sum, min, max, last, buckets } = point;
      cell.sum += sum;
      cell.sketch!.add({ count, sum, min, max, last, ...buckets });
    }
  }

  /** Says of which service an instance is: counters that only some processes of a service touched are 0 in the others. */
  name(writerId: string, service: string): void {
    this.#instance(writerId).service = service;
  }

  #instance(id: string): CollectedInstance {
    let instance = this.instances.get(id);
    if (instance === undefined) {
      instance = { id, service: "", covered: new Map(), lastTimestamp: Number.NaN };
      this.instances.set(id, instance);
    }
    return instance;
  }
}

function cellOf({ kind, cells }: CollectedSeries, instance: CollectedInstance, window: number): Cell {
  let windows = cells.get(instance);
  if (windows === undefined) {
    windows = new Map();
    cells.set(instance, windows);
  }
  let cell = windows.get(window);
  if (cell === undefined) {
    const distribution = kind === "histogram" || kind === "timer";
    cell = { sum: 0, weight: 0, sketch: distribution ? new MergedSketch() : undefined };
    windows.set(window, cell);
  }
  return cell;
}
