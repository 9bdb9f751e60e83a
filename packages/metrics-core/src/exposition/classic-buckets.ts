import { bucketMiddle, bucketOf, bucketStart } from "../bucket-layout.ts";
import { MetricsError } from "../metrics-error.ts";
import type { SketchData } from "../sketch.ts";
import { type ExposedMetric, exposedUnit } from "./exposed-unit.ts";

const decades = (first: number, last: number): number[] => {
  const bounds: number[] = [];
  // As text, so that 1e-6 times 5 is 0.000005 and not a rounding error beside it.
  for (let exponent = first; exponent < last; exponent++) {
    bounds.push(Number(`1e${exponent}`), Number(`2.5e${exponent}`), Number(`5e${exponent}`));
  }
  return [...bounds, Number(`1e${last}`)];
};

/** 1, 2.5 and 5 of each decade from a microsecond (a cache hit takes some) to 100 seconds. */
const SECONDS: readonly number[] = decades(-6, 2);
/** Powers of four from 256 B to 4 GB. */
const BYTES: readonly number[] = Array.from({ length: 13 }, (_, i) => 256 * 4 ** i);
/** 1, 2.5 and 5 of each decade from a thousandth to a million, for ratios and counted things. */
const OTHERS: readonly number[] = decades(-3, 6);

/**
 * The upper bounds (`le`) of a histogram's or timer's classic buckets where none are chosen, in its exposed unit, rising,
 * without infinity.
 */
export function defaultBounds(metric: ExposedMetric): readonly number[] {
  const { suffix } = exposedUnit(metric);
  return suffix === "seconds" ? SECONDS : suffix === "bytes" ? BYTES : OTHERS;
}

/**
 * Sorts sketches into few wide buckets with fixed upper bounds, as Prometheus' classic histograms have them.
 *
 * A sketch's own narrow bucket is counted where its middle lies, so a value within 0.78 % of a bound may be found on
 * the other side of it; all others are where they belong. A bound at which a narrow bucket begins, such as every whole
 * number up to 64, takes that bucket in: the number itself counts as at most the bound, and so do values up to 1.6 % above it.
 */
export class ClassicBuckets {
  /** Rising, in the unit of the recorded values, without infinity. */
  readonly bounds: readonly number[];
  /** Number of the last sketch bucket that is at most each bound. */
  readonly #last: Int32Array;

  /** Throws `INVALID_OPTION` unless `bounds` are finite, rising and at least one. */
  constructor(bounds: readonly number[]) {
    const rising = bounds.every((bound, i) => Number.isFinite(bound) && (i === 0 || bound > bounds[i - 1]!));
    if (bounds.length === 0 || !rising) {
      throw new MetricsError("INVALID_OPTION", `buckets must be finite, rising bounds, got ${JSON.stringify(bounds)}`);
    }
    this.bounds = [...bounds];
    this.#last = Int32Array.from(bounds, (bound) => {
      const bucket = bucketOf(bound);
      // A whole number up to 64 begins a bucket of its own: it belongs below the bound that is the same number.
      return bucketMiddle(bucket) <= bound || bucketStart(bucket) === bound ? bucket : bucket - 1;
    });
  }

  /**
   * Adds the values of a sketch to `counts`, one more than there are bounds: not cumulative, the last one for what is
   * above all bounds. About 5 ns per bucket of the sketch.
   */
  addTo(counts: Float64Array, { indexes, counts: added }: SketchData): void {
    const last = this.#last;
    let place = 0;
    for (let i = 0; i < indexes.length; i++) {
      while (place < last.length && indexes[i]! > last[place]!) place++;
      counts[place]! += added[i]!;
    }
  }
}

/** A histogram's running counts by classic bucket; takes in sketches for ever. */
export class ClassicHistogram {
  readonly buckets: ClassicBuckets;
  /** Values per bucket, not cumulative; the last one is above all bounds. */
  readonly counts: Float64Array;
  count = 0;
  sum = 0;

  constructor(buckets: ClassicBuckets) {
    this.buckets = buckets;
    this.counts = new Float64Array(buckets.bounds.length + 1);
  }

  add(sketch: SketchData): void {
    this.count += sketch.count;
    this.sum += sketch.sum;
    this.buckets.addTo(this.counts, sketch);
  }
}
