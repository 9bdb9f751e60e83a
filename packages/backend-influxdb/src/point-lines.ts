import {
  type DistributionPoint,
  LAYOUT_ID,
  MergedSketch,
  MetricsError,
  type SnapshotPoint,
} from "@giflab/metrics-core";
import type { ClassicBuckets } from "@giflab/metrics-core/exposition";
import { type Field, fieldTexts } from "./field-texts.ts";
import { tagText } from "./line-text.ts";
import type { SeriesHead } from "./series-head.ts";

/** What is known of a series between its lines. */
export interface SeriesState {
  readonly head: SeriesHead;
  /** Sum of a counter's deltas so far. */
  total: number;
  /** Histograms and timers; `undefined` when they are written without. */
  readonly buckets: ClassicBuckets | undefined;
}

/** Which fields a bucket's line has: all of them, or the count alone. */
export type BucketFields = "all" | "count";

/** The lines of a point. Throws `REJECTED` for a histogram of a layout this version does not know. */
export function pointLines(
  point: SnapshotPoint,
  state: SeriesState,
  timestamp: string,
  fields: BucketFields,
): string[] {
  const { plain } = state.head;
  if (point.kind === "gauge") return [`${plain} value=${point.value} ${timestamp}`];
  if (point.kind === "counter") {
    state.total += point.delta;
    return [
      `${plain} ${fieldTexts([
        ["delta", point.delta],
        ["total", state.total],
      ])} ${timestamp}`,
    ];
  }
  const { layout } = point.sketch;
  if (layout !== LAYOUT_ID) {
    throw new MetricsError("REJECTED", `histogram layout ${layout} is not ${LAYOUT_ID}: update the packages`);
  }
  return [`${plain} ${summaryFields(point)} ${timestamp}`, ...bucketLines(point, state, timestamp, fields)];
}

function summaryFields({ sketch }: DistributionPoint): string {
  const { count, sum, min, max } = sketch;
  // An empty one says that the series is alive; of nothing there is no minimum.
  if (count === 0) return "count=0,sum=0";
  const merged = new MergedSketch();
  merged.add(sketch);
  return fieldTexts([
    ["count", count],
    ["sum", sum],
    ["min", min],
    ["max", max],
    ["flush_p50", merged.quantile(0.5)],
    ["flush_p95", merged.quantile(0.95)],
    ["flush_p99", merged.quantile(0.99)],
  ]);
}

/** One line per bound and one for infinity, also for empty buckets: sums over windows need them all. */
function bucketLines(
  { sketch }: DistributionPoint,
  state: SeriesState,
  timestamp: string,
  fields: BucketFields,
): string[] {
  const { buckets, head } = state;
  if (buckets === undefined || sketch.count === 0) return [];
  const { bounds } = buckets;
  const counts = new Float64Array(bounds.length + 1);
  buckets.addTo(counts, sketch);
  const lines: string[] = [];
  let below = 0;
  // As Prometheus has it: what lies below a first bound above 0 is taken to begin at 0.
  let lower = bounds[0]! > 0 ? 0 : undefined;
  for (let i = 0; i < counts.length; i++) {
    const upTo = below + counts[i]!;
    const bound = bounds[i];
    const le = bound === undefined ? "+Inf" : String(bound);
    const values: Field[] = [["bucket", upTo]];
    if (fields === "all") {
      values.push(["bucket_below", below], ["bucket_of", sketch.count], ["bound", bound], ["lower", lower]);
    }
    lines.push(`${head.beforeLe}${tagText(le)}${head.afterLe} ${fieldTexts(values)} ${timestamp}`);
    below = upTo;
    lower = bound;
  }
  return lines;
}
