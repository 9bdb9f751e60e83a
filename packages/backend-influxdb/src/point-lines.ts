import {
  type DistributionPoint,
  LAYOUT_ID,
  MergedSketch,
  MetricsError,
  type SnapshotPoint,
} from "@giflab/metrics-core";
import type { WrittenBuckets } from "./bucket-choice.ts";
import { fieldTexts } from "./field-texts.ts";
import type { LineGroup } from "./line-batches.ts";
import type { SeriesHead } from "./series-head.ts";

/** What is known of a series between its lines. */
export interface SeriesState {
  readonly head: SeriesHead;
  /** Sum of a counter's deltas so far. */
  total: number;
  /** Histograms and timers; `undefined` when they are written without. */
  readonly buckets: WrittenBuckets | undefined;
}

/** Which fields a bucket's line has: all of them, or the count alone. */
export type BucketFields = "all" | "count";

/** The lines of a point. Throws `REJECTED` for a histogram of a layout this version does not know. */
export function pointLines(
  point: SnapshotPoint,
  state: SeriesState,
  timestamp: string,
  fields: BucketFields,
): LineGroup {
  const { plain } = state.head;
  if (point.kind === "gauge") return { text: `${plain} value=${point.value} ${timestamp}`, lines: 1, points: 1 };
  if (point.kind === "counter") {
    const total = state.total + point.delta;
    state.total = total;
    // The protocol has no infinity.
    const totalField = Number.isFinite(total) ? `,total=${total}` : "";
    return { text: `${plain} delta=${point.delta}${totalField} ${timestamp}`, lines: 1, points: 1 };
  }
  const { layout } = point.sketch;
  if (layout !== LAYOUT_ID) {
    throw new MetricsError("REJECTED", `histogram layout ${layout} is not ${LAYOUT_ID}: update the packages`);
  }
  const lines = bucketLines(point, state, timestamp, fields);
  const text = `${plain} ${summaryFields(point)} ${timestamp}${lines.length === 0 ? "" : `\n${lines.join("\n")}`}`;
  return { text, lines: lines.length + 1, points: 1 };
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
  if (state.buckets === undefined || sketch.count === 0) return [];
  const { buckets, le, constants } = state.buckets;
  const { beforeLe, afterLe } = state.head;
  const counts = new Float64Array(le.length);
  buckets.addTo(counts, sketch);
  const lines: string[] = [];
  let below = 0;
  for (let i = 0; i < le.length; i++) {
    const upTo = below + counts[i]!;
    const rest = fields === "all" ? `,bucket_below=${below},bucket_of=${sketch.count}${constants[i]}` : "";
    lines.push(`${beforeLe}${le[i]}${afterLe} bucket=${upTo}${rest} ${timestamp}`);
    below = upTo;
  }
  return lines;
}
