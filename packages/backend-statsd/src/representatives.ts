import { bucketMiddle, type SketchData } from "@giflab/metrics-core";

/** A value and how many recorded ones it stands for, 1 or more. */
export interface Representative {
  readonly value: number;
  readonly weight: number;
}

/**
 * At most `limit` values in rising order that stand for equal shares of a sketch: the values at the ranks
 * `count * 1/n, 2/n, ... 1`, rounded up. So a server that knows nothing of weights finds the right median and, with 100
 * samples, the right 90th percentile, and the last one is the exact maximum. With `count <= limit` it is every value (each
 * within 1 %, minimum and maximum exact).
 *
 * The weights are whole numbers that total `count` and differ by 1 at most: 250 values in 100 are 50 of weight 3 and 50 of
 * weight 2. Whole, because netdata rounds the inverse of a sample rate.
 */
export function representatives(sketch: SketchData, limit: number): Representative[] {
  const n = Math.min(sketch.count, limit);
  const found: Representative[] = [];
  let bucket = -1;
  let seen = 0;
  let previous = 0;
  for (let i = 1; i <= n; i++) {
    const rank = Math.ceil((i / n) * sketch.count - 1e-9);
    while (seen < rank && bucket < sketch.indexes.length - 1) seen += sketch.counts[++bucket]!;
    found.push({ value: valueAt(rank, bucket, sketch), weight: rank - previous });
    previous = rank;
  }
  return found;
}

function valueAt(rank: number, bucket: number, sketch: SketchData): number {
  if (rank >= sketch.count) return sketch.max;
  if (rank <= 1) return sketch.min;
  return Math.min(sketch.max, Math.max(sketch.min, bucketMiddle(sketch.indexes[bucket]!)));
}
