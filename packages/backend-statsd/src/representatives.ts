import { bucketMiddle, type SketchData } from "@giflab/metrics-core";

/**
 * At most `limit` values in rising order that stand for equal shares of a sketch: the values at the ranks
 * `count * 1/n, 2/n, ... 1`. So a server that knows nothing of weights finds the right median and, with 100 samples, the
 * right 90th percentile, and the last one is the exact maximum. With `count <= limit` it is every value (each within 1 %,
 * minimum and maximum exact).
 */
export function representatives(sketch: SketchData, limit: number): number[] {
  const n = Math.min(sketch.count, limit);
  const values: number[] = [];
  let bucket = -1;
  let seen = 0;
  for (let i = 1; i <= n; i++) {
    const rank = Math.ceil((i / n) * sketch.count - 1e-9);
    while (seen < rank && bucket < sketch.indexes.length - 1) seen += sketch.counts[++bucket]!;
    if (rank >= sketch.count) values.push(sketch.max);
    else if (rank <= 1) values.push(sketch.min);
    else values.push(Math.min(sketch.max, Math.max(sketch.min, bucketMiddle(sketch.indexes[bucket]!))));
  }
  return values;
}
