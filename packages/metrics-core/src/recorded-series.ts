import type { DistributionCell } from "./distribution-cells.ts";
import type { ScalarCell } from "./scalar-cells.ts";
import type { SeriesDescriptor } from "./snapshot.ts";

/** A series of this process with the cells it is recorded in: what collection walks over. */
export type RecordedSeries = ScalarSeries | DistributionSeries;

export interface ScalarSeries {
  readonly kind: "counter" | "gauge";
  readonly cell: ScalarCell;
  /** Replaced when the metric is described after it was first recorded. */
  descriptor: SeriesDescriptor;
}

export interface DistributionSeries {
  readonly kind: "histogram" | "timer";
  readonly cell: DistributionCell;
  descriptor: SeriesDescriptor;
}
