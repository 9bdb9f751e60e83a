import { bucketOf, bucketStart, LAYOUT_ID, type SketchData } from "@giflab/metrics-core";

/** Values by classic bucket: not cumulative, with whole counts. */
export interface ClassicCounts {
  /** Upper bounds, rising; the last one may be infinity. */
  readonly bounds: readonly number[];
  readonly counts: readonly number[];
  /** Of all values. */
  readonly sum: number;
}

/**
 * The sketch of a classic histogram: the values of each bucket are taken to lie evenly in it, as Prometheus' own
 * `histogram_quantile` has it. So a quantile lies within the bucket that holds it. Values above the last finite bound are
 * taken to be that bound, as nothing else is known of them.
 *
 * Four values in `(0.005, 0.01]` become 0.005625, 0.006875, 0.008125 and 0.009375.
 */
export function spreadBuckets({ bounds, counts, sum }: ClassicCounts): SketchData {
  const spread = new Map<number, number>();
  const add = (bucket: number, count: number): void => {
    if (count > 0) spread.set(bucket, (spread.get(bucket) ?? 0) + count);
  };
  let total = 0;
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < bounds.length; i++) {
    const count = counts[i]!;
    if (!(count > 0)) continue;
    total += count;
    const [low, high] = edges(bounds, i);
    if (high === Number.POSITIVE_INFINITY) {
      // No finite bound at all: the mean is all that is known.
      const mean = sum / count;
      add(bucketOf(Number.isFinite(mean) ? mean : 0), count);
      [min, max] = [Math.min(min, mean), Math.max(max, mean)];
      continue;
    }
    spreadEvenly(low, high, count, add);
    [min, max] = [Math.min(min, low), Math.max(max, high)];
  }
  const indexes = [...spread.keys()].sort((a, b) => a - b);
  const spreadCounts = indexes.map((index) => spread.get(index)!);
  const ends = total === 0 ? { min: 0, max: 0, last: 0 } : { min, max, last: sum / total };
  return { layout: LAYOUT_ID, count: total, sum, ...ends, indexes, counts: spreadCounts, estimated: true };
}

/** Between which values a bucket lies; of infinity and of what is below a first negative bound, that bound. */
function edges(bounds: readonly number[], place: number): [number, number] {
  const high = bounds[place]!;
  const below = bounds[place - 1];
  if (high === Number.POSITIVE_INFINITY) return below === undefined ? [0, high] : [below, below];
  return [below ?? Math.min(0, high), high];
}

function spreadEvenly(low: number, high: number, count: number, add: (bucket: number, count: number) => void): void {
  const [first, last] = [bucketOf(low), bucketOf(high)];
  if (count <= last - first) {
    for (let i = 0; i < count; i++) add(bucketOf(low + ((i + 0.5) / count) * (high - low)), 1);
    return;
  }
  let placed = 0;
  for (let bucket = first; bucket <= last; bucket++) {
    // Values lie at (i + 0.5) / count of the way: as many as that are below the bucket's upper edge.
    const share = bucket === last ? 1 : (upperEdge(bucket) - low) / (high - low);
    const below = Math.min(count, Math.max(placed, Math.round(share * count)));
    add(bucket, below - placed);
    placed = below;
  }
}

function upperEdge(bucket: number): number {
  return bucket >= 0 ? bucketStart(bucket + 1) : -bucketStart(-bucket);
}
