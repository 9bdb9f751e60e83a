import type { MetricSnapshot, SeriesDescriptor } from "@giflab/metrics-core";

/** What one process records, flush by flush, every ten seconds. */
export interface SnapshotSource {
  readonly series: readonly SeriesDescriptor[];
  /** Epoch seconds at which the first snapshot starts; a whole hour. */
  readonly begin: number;
  /** The next ten seconds. */
  next(): MetricSnapshot;
}
