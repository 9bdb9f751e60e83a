import {
  LAYOUT_ID,
  MergedSketch,
  type MetricKind,
  type MetricSnapshot,
  MetricsError,
  type SeriesDescriptor,
  type SketchData,
} from "@giflab/metrics-core";
import { RunningTotals, type SeriesTotal } from "@giflab/metrics-core/exposition";

/** What is sent of one series. */
export type ExportedPoint =
  | { readonly kind: "counter" | "gauge"; readonly series: SeriesDescriptor; readonly value: number }
  | { readonly kind: "histogram" | "timer"; readonly series: SeriesDescriptor; readonly sketch: SketchData };

/** The points of a snapshot, and the time (epoch seconds) since which they count. */
export interface ExportedPoints {
  readonly start: number;
  readonly length: number;
  /** Where a part ends that begins with point `from` and is worth at most `room`: a distribution is worth ten scalars. */
  partEnd(from: number, room: number): number;
  /** The points from number `from` to before `to`; the same for the same numbers until the next snapshot is taken. */
  slice(from: number, to: number): ExportedPoint[];
}

/** Turns the snapshots of one instance into what is sent. Idempotent: a snapshot that comes again gives the same. */
export interface PointSource {
  /** Throws `REJECTED` for data of another version of the packages. */
  take(snapshot: MetricSnapshot): ExportedPoints;
}

/** What happened since the snapshot before. */
export const deltaSource: PointSource = {
  take(snapshot) {
    requireKnownLayout(snapshot);
    const { start, points } = snapshot;
    return {
      start,
      length: points.length,
      partEnd: (from, room) => partEnd(points, from, room),
      slice: (from, to) =>
        points
          .slice(from, to)
          .map((point) =>
            point.kind === "counter" ? { kind: "counter", series: point.series, value: point.delta } : point,
          ),
    };
  },
};

/**
 * Everything since the instance began, of every series that it has recorded: one that did not change is sent too, as
 * receivers take a silent one for gone.
 */
export class CumulativeSource implements PointSource {
  readonly #totals = new RunningTotals(() => new MergedSketch());

  take(snapshot: MetricSnapshot): ExportedPoints {
    requireKnownLayout(snapshot);
    this.#totals.add(snapshot);
    const { all } = this.#totals;
    return {
      // A wall clock that was set back since the process began must not make an interval that ends before it starts.
      start: Math.min(snapshot.instance.startTime, snapshot.start),
      length: all.length,
      partEnd: (from, room) => partEnd(all, from, room),
      slice: (from, to) => all.slice(from, to).map(exported),
    };
  }
}

/** Writing a distribution takes about ten times as long as writing a counter. */
const DISTRIBUTION_WORTH = 10;

/** At least one point, so that it goes on. */
function partEnd(points: readonly { readonly kind: MetricKind }[], from: number, room: number): number {
  let to = from;
  for (let left = room; to < points.length; to++) {
    const { kind } = points[to]!;
    left -= kind === "counter" || kind === "gauge" ? 1 : DISTRIBUTION_WORTH;
    if (left < 0 && to > from) break;
  }
  return to;
}

function exported(total: SeriesTotal<MergedSketch>): ExportedPoint {
  const { series } = total;
  if ("distribution" in total) return { kind: total.kind, series, sketch: total.distribution.toData() };
  return { kind: total.kind, series, value: total.value };
}

function requireKnownLayout({ points }: MetricSnapshot): void {
  for (const point of points) {
    if (!("sketch" in point) || point.sketch.layout === LAYOUT_ID) continue;
    throw new MetricsError(
      "REJECTED",
      `histogram layout ${point.sketch.layout} is not ${LAYOUT_ID}: update the packages`,
    );
  }
}
