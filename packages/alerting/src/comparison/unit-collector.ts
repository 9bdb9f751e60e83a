import { MergedSketch, type MetricKind, type Tags, tagSetKey } from "@giflab/metrics-core";
import type { ExportedPoint } from "../read-export.ts";

/** At most so many windows of one process: more, and neighbouring ones are taken together, two and two. */
const MOST_WINDOWS = 400;

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
  /** Of the last flush. */
  timestamp: number;
  flushes: number;
  flushesPerWindow: number;
}

export interface CollectedSeries {
  readonly name: string;
  readonly tags: Tags;
  readonly kind: MetricKind;
  readonly unit: string | undefined;
  /** By instance, then by window. */
  readonly cells: Map<CollectedInstance, Map<number, Cell>>;
}

/**
 * Takes in the points of one side of a comparison, in the order of their times, and sorts them into windows per process: one
 * per flush, or several flushes together when there are more than 400. Memory grows with series x windows, not with points.
 */
export class UnitCollector {
  readonly series: Map<string, CollectedSeries> = new Map();
  readonly instances: Map<string, CollectedInstance> = new Map();

  add(point: ExportedPoint): void {
    const instance = this.#instance(point.instance);
    const { name, tags, kind, unit, timestamp, resolutionSeconds } = point;
    const window = this.#window(instance, timestamp, resolutionSeconds);
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
      const { count, sum, min, max, last, buckets, estimated = false } = point;
      cell.sum += sum;
      cell.sketch!.add({ count, sum, min, max, last, estimated, ...buckets });
    }
  }

  /** Says of which service an instance is: counters that only some processes of a service touched are 0 in the others. */
  name(writerId: string, service: string): void {
    this.#instance(writerId).service = service;
  }

  /** Forgets what a process recorded. */
  leaveOut(writerId: string): void {
    const instance = this.instances.get(writerId);
    if (instance === undefined) return;
    this.instances.delete(writerId);
    for (const [key, { cells }] of this.series) if (cells.delete(instance) && cells.size === 0) this.series.delete(key);
  }

  /** The window of a point: points of one flush have one time. */
  #window(instance: CollectedInstance, timestamp: number, seconds: number): number {
    if (timestamp !== instance.timestamp) {
      instance.timestamp = timestamp;
      instance.flushes++;
      if (instance.flushes > MOST_WINDOWS * instance.flushesPerWindow) this.#halve(instance);
      const window = windowOf(instance);
      instance.covered.set(window, (instance.covered.get(window) ?? 0) + seconds);
    }
    return windowOf(instance);
  }

  #halve(instance: CollectedInstance): void {
    instance.flushesPerWindow *= 2;
    mergePairs(instance.covered, (a, b) => a + b);
    for (const { cells } of this.series.values()) {
      const own = cells.get(instance);
      if (own !== undefined) mergePairs(own, mergeCells);
    }
  }

  #instance(id: string): CollectedInstance {
    let instance = this.instances.get(id);
    if (instance === undefined) {
      instance = { id, service: "", covered: new Map(), timestamp: Number.NaN, flushes: 0, flushesPerWindow: 1 };
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

function windowOf({ flushes, flushesPerWindow }: CollectedInstance): number {
  return Math.floor((flushes - 1) / flushesPerWindow);
}

function mergePairs<T>(windows: Map<number, T>, merge: (a: T, b: T) => T): void {
  const before = [...windows];
  windows.clear();
  for (const [window, value] of before) {
    const half = Math.floor(window / 2);
    const other = windows.get(half);
    windows.set(half, other === undefined ? value : merge(other, value));
  }
}

function mergeCells(a: Cell, b: Cell): Cell {
  if (b.sketch !== undefined) a.sketch!.add(b.sketch.toData());
  return { sum: a.sum + b.sum, weight: a.weight + b.weight, sketch: a.sketch };
}
