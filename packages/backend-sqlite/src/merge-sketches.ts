import { LAYOUT_ID, MAX_BUCKET, MetricsError, type SketchData } from "@giflab/metrics-core";

/** Counts by bucket, all 0 between two calls. */
const scratch = new Float64Array(2 * MAX_BUCKET + 1);

/** Whether sketches with these buckets can be merged. */
export function isMergeable({ layout, indexes }: SketchData): boolean {
  if (layout !== LAYOUT_ID) return false;
  return indexes.length === 0 || (indexes[0]! >= -MAX_BUCKET && indexes[indexes.length - 1]! <= MAX_BUCKET);
}

/**
 * All sketches as one, whose `last` is that of the last one that holds something: what core's `MergedSketch` makes of them,
 * without its memory. Throws `INVALID_QUERY` for sketches that cannot be merged.
 */
export function mergeSketches(sketches: readonly SketchData[]): SketchData {
  let [count, sum, min, max, last] = [0, 0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0];
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const sketch of sketches) {
    if (!isMergeable(sketch)) throw new MetricsError("INVALID_QUERY", `cannot merge histogram layout ${sketch.layout}`);
  }
  for (const sketch of sketches) {
    if (sketch.count === 0) continue;
    count += sketch.count;
    sum += sketch.sum;
    if (sketch.min < min) min = sketch.min;
    if (sketch.max > max) max = sketch.max;
    last = sketch.last;
    const { indexes, counts } = sketch;
    for (let i = 0; i < indexes.length; i++) {
      const index = indexes[i]!;
      scratch[index + MAX_BUCKET]! += counts[i]!;
      // Not only at the ends: damaged ones are in no order, and nothing may stay behind.
      if (index < low) low = index;
      if (index > high) high = index;
    }
  }
  if (count === 0) return { layout: LAYOUT_ID, count, sum, min: 0, max: 0, last, indexes: [], counts: [] };
  const indexes: number[] = [];
  const counts: number[] = [];
  for (let index = low; index <= high; index++) {
    const values = scratch[index + MAX_BUCKET]!;
    if (values === 0) continue;
    indexes.push(index);
    counts.push(values);
    scratch[index + MAX_BUCKET] = 0;
  }
  return { layout: LAYOUT_ID, count, sum, min, max, last, indexes, counts };
}
