import { bucketMiddle, bucketOf, bucketStart, LAYOUT_ID, MAX_BUCKET } from "./bucket-layout.ts";
import { MetricsError } from "./metrics-error.ts";

/** The distribution of some recorded values as plain data. `count`, `sum`, `min`, `max` and `last` are exact at sampling rate 1. */
export interface SketchData {
  /** Which buckets `indexes` number; see `LAYOUT_ID`. Sketches of different layouts are never added index by index. */
  readonly layout: string;
  readonly count: number;
  readonly sum: number;
  readonly min: number;
  readonly max: number;
  readonly last: number;
  /** Numbers of the buckets that are not empty, rising. */
  readonly indexes: ArrayLike<number>;
  /** Values per bucket, at the same positions; whole numbers that total `count`. */
  readonly counts: ArrayLike<number>;
  /**
   * True when only wide buckets were known, as of a Prometheus histogram, over which the values are spread evenly. `count` and
   * `sum` are exact all the same; `min` and `max` are bounds, and `last` says nothing.
   */
  readonly estimated?: boolean;
}

/** Nothing recorded. */
export const EMPTY_SKETCH: SketchData = Object.freeze({
  layout: LAYOUT_ID,
  count: 0,
  sum: 0,
  min: 0,
  max: 0,
  last: 0,
  indexes: [],
  counts: [],
});

const SPARE_BUCKETS = 64;

/**
 * A sketch that takes in others, from any process, window or rollup: merging is adding counts, so the quantiles of the
 * whole stay within 1 % however the data was split.
 */
export class MergedSketch {
  count = 0;
  sum = 0;
  min: number = Number.POSITIVE_INFINITY;
  max: number = Number.NEGATIVE_INFINITY;
  last: number = Number.NaN;
  /** Whether anything taken in was: then the ends are bounds and no values. */
  estimated = false;
  /** Counts of a stretch of buckets, from number `#first` on: it covers what was seen, and grows at either end. */
  #counts: Float64Array = new Float64Array(0);
  #first = 0;

  /** Takes in `other`, whose `last` becomes ours. Throws `INVALID_QUERY` for a layout this version does not know. */
  add(other: SketchData): void {
    if (other.layout !== LAYOUT_ID) {
      throw new MetricsError(
        "INVALID_QUERY",
        `cannot merge histogram layout ${other.layout} into ${LAYOUT_ID}: read it with the version that wrote it`,
      );
    }
    if (other.count === 0) return;
    this.count += other.count;
    this.sum += other.sum;
    if (other.min < this.min) this.min = other.min;
    if (other.max > this.max) this.max = other.max;
    this.last = other.last;
    if (other.estimated === true) this.estimated = true;
    const { indexes, counts } = other;
    if (indexes.length === 0) return;
    this.#reach(indexes[0]!, indexes[indexes.length - 1]!);
    const first = this.#first;
    const mine = this.#counts;
    for (let i = 0; i < indexes.length; i++) mine[indexes[i]! - first]! += counts[i]!;
  }

  /** Records one value, for tests and small jobs; hot paths use a `Histogram`. Values that are not finite are ignored. */
  record(value: number): void {
    if (!Number.isFinite(value)) return;
    this.add({
      layout: LAYOUT_ID,
      count: 1,
      sum: value,
      min: value,
      max: value,
      last: value,
      indexes: [bucketOf(value)],
      counts: [1],
    });
  }

  /**
   * The value at rank `ceil(q n)` of the sorted values: within 1 % relative error, exact at the ends (of what
   * is estimated: within the width of the buckets that were known). `undefined` when empty. `q` is 0 to 1.
   *
   * 1000 values 1..1000 ms: `quantile(0.95)` is the middle of the bucket that holds the 950th, 0.949 to 0.957 s.
   */
  quantile(q: number): number | undefined {
    if (this.count === 0) return undefined;
    const rank = Math.max(1, Math.ceil(q * this.count - 1e-9));
    if (rank >= this.count && !this.estimated) return this.max;
    if (rank <= 1 && !this.estimated) return this.min;
    const counts = this.#counts;
    let seen = 0;
    for (let i = 0; i < counts.length; i++) {
      seen += counts[i]!;
      if (seen >= rank) return Math.min(this.max, Math.max(this.min, bucketMiddle(this.#first + i)));
    }
    return this.max;
  }

  /**
   * The share of values that are at most `value`, 0 to 1: the inverse of `quantile`. Exact but for values in the bucket of
   * `value` (within 1.6 % of it), which are taken to lie evenly in it. `undefined` when empty or `value` is NaN.
   *
   * 1000 values 1..1000 ms: `shareAtMost(0.25)` is 0.25 to within 0.002.
   */
  shareAtMost(value: number): number | undefined {
    if (this.count === 0 || Number.isNaN(value)) return undefined;
    if (value >= this.max) return 1;
    if (value < this.min) return 0;
    const bucket = bucketOf(value);
    const place = Math.min(bucket - this.#first, this.#counts.length);
    let below = 0;
    for (let i = 0; i < place; i++) below += this.#counts[i]!;
    const low = Math.max(this.min, bucketLow(bucket));
    const high = Math.min(this.max, -bucketLow(-bucket));
    const within = (this.#counts[place] ?? 0) * (high > low ? (value - low) / (high - low) : 1);
    return (below + within) / this.count;
  }

  /** The merged distribution as plain data. */
  toData(): SketchData {
    const indexes: number[] = [];
    const counts: number[] = [];
    for (let i = 0; i < this.#counts.length; i++) {
      if (this.#counts[i] === 0) continue;
      indexes.push(this.#first + i);
      counts.push(this.#counts[i]!);
    }
    const { count, sum, min, max, last, estimated } = this;
    const data = { layout: LAYOUT_ID, count, sum, min, max, last, indexes, counts };
    return estimated ? { ...data, estimated } : data;
  }

  /** Makes room for the buckets from `low` to `high`, with an octave or more to spare on the side that grows. */
  #reach(low: number, high: number): void {
    if (!(low >= -MAX_BUCKET && high <= MAX_BUCKET)) {
      throw new MetricsError(
        "INVALID_QUERY",
        `a sketch has buckets ${low} to ${high}, there are ${-MAX_BUCKET} to ${MAX_BUCKET}`,
      );
    }
    const before = this.#counts;
    const end = this.#first + before.length;
    if (before.length > 0 && low >= this.#first && high < end) return;
    // As much as there is, so that values that spread further and further are copied few times.
    const spare = Math.max(SPARE_BUCKETS, before.length);
    const first = before.length === 0 ? low : Math.min(this.#first, low < this.#first ? low - spare : low);
    const last = before.length === 0 ? high : Math.max(end - 1, high >= end ? high + spare : high);
    const counts = new Float64Array(last - first + 1);
    counts.set(before, before.length === 0 ? 0 : this.#first - first);
    this.#counts = counts;
    this.#first = first;
  }
}

/** The lower end of a bucket's values; the upper end is the mirrored bucket's lower end with its sign changed. */
function bucketLow(bucket: number): number {
  if (bucket > 0) return bucketStart(bucket);
  if (bucket === -MAX_BUCKET) return Number.NEGATIVE_INFINITY;
  return -bucketStart(1 - bucket);
}
