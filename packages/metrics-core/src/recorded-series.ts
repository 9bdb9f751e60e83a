import type { DistributionCell } from "./distribution-cells.ts";
import type { SeriesDescriptor } from "./snapshot.ts";

/**
 * A series of this process with the cells it is recorded in: what collection walks over. The handle of a series is one,
 * so that ten thousand series are ten thousand objects and not twenty.
 */
export type RecordedSeries = ScalarSeries | DistributionSeries;

export interface ScalarSeries {
  readonly kind: "counter" | "gauge";
  /** The series' number is `chunk[slot]`. */
  readonly chunk: Float64Array;
  readonly slot: number;
  /** Replaced when the metric is described after it was first recorded. */
  descriptor: SeriesDescriptor;
}

export interface DistributionSeries {
  /** To be called when the sampling rate has changed. */
  restartSampling(): void;
  readonly kind: "histogram" | "timer";
  readonly cell: DistributionCell;
  descriptor: SeriesDescriptor;
}
