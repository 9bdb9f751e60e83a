import { bucketMiddle, bucketOf, LAYOUT_ID } from "./bucket-layout.ts";
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
}

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
  readonly #buckets = new Map<number, number>();
  #sorted: [Float64Array, Float64Array] | undefined;

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
    const { indexes, counts } = other;
    for (let i = 0; i < indexes.length; i++) {
      const bucket = indexes[i]!;
      this.#buckets.set(bucket, (this.#buckets.get(bucket) ?? 0) + counts[i]!);
    }
    this.#sorted = undefined;
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
   * The value at rank `ceil(q n)` of the sorted values: within 1 % relative error, exact at the ends.
   * `undefined` when empty. `q` is 0 to 1.
   *
   * 1000 values 1..1000 ms: `quantile(0.95)` is the middle of the bucket that holds the 950th, 0.949 to 0.957 s.
   */
  quantile(q: number): number | undefined {
    if (this.count === 0) return undefined;
    const rank = Math.max(1, Math.ceil(q * this.count - 1e-9));
    if (rank >= this.count) return this.max;
    if (rank <= 1) return this.min;
    const [indexes, counts] = this.#rising();
    let seen = 0;
    for (let i = 0; i < indexes.length; i++) {
      seen += counts[i]!;
      if (seen >= rank) return Math.min(this.max, Math.max(this.min, bucketMiddle(indexes[i]!)));
    }
    return this.max;
  }

  /** The merged distribution as plain data. */
  toData(): SketchData {
    const [indexes, counts] = this.#rising();
    return {
      layout: LAYOUT_ID,
      count: this.count,
      sum: this.sum,
      min: this.min,
      max: this.max,
      last: this.last,
      indexes: Array.from(indexes),
      counts: Array.from(counts),
    };
  }

  #rising(): [Float64Array, Float64Array] {
    if (this.#sorted === undefined) {
      const indexes = Float64Array.from(this.#buckets.keys()).sort();
      this.#sorted = [indexes, indexes.map((bucket) => this.#buckets.get(bucket)!)];
    }
    return this.#sorted;
  }
}
