import { GaugeSamples } from "./gauge-samples.ts";
import { MergedSketch, type SketchData } from "./sketch.ts";
import type { Tags } from "./tags.ts";

/** What has been fed of one series (and one instance, if instances are kept apart). */
export class SummaryAccumulator {
  readonly series: number;
  readonly tags: Tags;
  /** The instance where instances are kept apart, otherwise -1. */
  readonly instance: number;
  /** Points in the window. */
  points = 0;
  sum = 0;
  increases = 0;
  sketch: MergedSketch | undefined;
  lastSketchEnd: number = Number.NEGATIVE_INFINITY;
  samples: GaugeSamples = new GaugeSamples();
  first: number = Number.POSITIVE_INFINITY;
  last: number = Number.NEGATIVE_INFINITY;
  /** Latest look-back point. */
  before: number = Number.NEGATIVE_INFINITY;
  /** Instances with a point in the window, and with one in the look-back. */
  readonly active: Set<number> = new Set();
  readonly earlier: Set<number> = new Set();
  #latestActive = -1;

  constructor(series: number, tags: Tags, instance: number) {
    this.series = series;
    this.tags = tags;
    this.instance = instance;
  }

  /** A point in the window. */
  enter(instance: number, end: number): void {
    if (instance !== this.#latestActive) {
      this.active.add(instance);
      this.#latestActive = instance;
    }
    this.points++;
    if (end < this.first) this.first = end;
    if (end > this.last) this.last = end;
  }

  /** A point before it. */
  look(instance: number, end: number): void {
    this.earlier.add(instance);
    if (end > this.before) this.before = end;
  }

  addSketch(end: number, data: SketchData): void {
    if (data.count === 0) return;
    this.sketch ??= new MergedSketch();
    const { last } = this.sketch;
    this.sketch.add(data);
    if (end < this.lastSketchEnd) this.sketch.last = last;
    else this.lastSketchEnd = end;
  }
}

/** Adds `other`, of the same kind, to `into`, and returns that. The gauges of an accumulator are those of one of them. */
export function mergeAccumulators(into: SummaryAccumulator, other: SummaryAccumulator): SummaryAccumulator {
  if (other.sketch !== undefined) into.addSketch(other.lastSketchEnd, other.sketch.toData());
  if (into.samples.length === 0) into.samples = other.samples;
  into.points += other.points;
  into.sum += other.sum;
  into.increases += other.increases;
  into.first = Math.min(into.first, other.first);
  into.last = Math.max(into.last, other.last);
  into.before = Math.max(into.before, other.before);
  for (const one of other.active) into.active.add(one);
  for (const one of other.earlier) into.earlier.add(one);
  return into;
}
