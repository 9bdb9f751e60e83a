import { SLAB_COUNTS } from "./distribution-cells.ts";

/**
 * The bucket counts that one cursor has already reported: slabs of the same shape as those of `DistributionCells`, in which a
 * block has the place that it has there. So what was counted and what was reported are found by the same number.
 */
export class ReportedCounts {
  readonly #slabs: (Uint32Array | undefined)[] = [];

  /** What was reported of a slab; zeros at first. */
  slab(number: number): Uint32Array {
    let slab = this.#slabs[number];
    if (slab === undefined) {
      slab = new Uint32Array(SLAB_COUNTS);
      this.#slabs[number] = slab;
    }
    return slab;
  }
}
