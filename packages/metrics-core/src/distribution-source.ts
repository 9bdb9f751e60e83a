import type { DistributionCell } from "./distribution-cells.ts";

/** Cells of one thread that a histogram or timer is recorded in. */
export interface DistributionSource {
  readonly cell: DistributionCell;
  /** Where the blocks are that its directory counts; of another thread, those that it has told of so far. */
  readonly slabs: readonly Uint32Array[];
}
