import { DistributionRecorder } from "./distribution-recorder.ts";
import type { DistributionSeries } from "./recorded-series.ts";

/** Records a distribution of values: sizes, counts per batch, scores. About 8 ns a call, no allocation. */
export interface Histogram {
  /** Any finite number of either sign; within 1 % from 1e-9 to 1e12. NaN and infinities are dropped and counted. */
  record(value: number): void;
}

/** The histogram that points at cells. */
export class CellHistogram extends DistributionRecorder implements Histogram, DistributionSeries {
  get kind(): "histogram" {
    return "histogram";
  }
}

/** The histogram of disabled monitoring. */
export const NOOP_HISTOGRAM: Histogram = { record: (): void => {} };
