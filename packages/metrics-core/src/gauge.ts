import type { ScalarSeries } from "./recorded-series.ts";
import { rejectValue, type ScalarCell } from "./scalar-cells.ts";
import type { SeriesDescriptor } from "./snapshot.ts";

/** States a value that goes up and down. About 1 ns a call, no allocation. */
export interface Gauge {
  /** The value from now on. NaN and infinities are dropped and counted. */
  set(value: number): void;
  /** Changes the value by `delta` (either sign); a gauge that was never set starts at 0. */
  add(delta: number): void;
}

/** The gauge that points at a cell; NaN in the cell means that it was never set. */
export class CellGauge implements Gauge, ScalarSeries {
  declare readonly chunk: Float64Array;
  declare readonly slot: number;
  declare descriptor: SeriesDescriptor;

  constructor(cell: ScalarCell, descriptor: SeriesDescriptor) {
    this.chunk = cell.chunk;
    this.slot = cell.slot;
    this.descriptor = descriptor;
  }

  get kind(): "gauge" {
    return "gauge";
  }

  set(value: number): void {
    if (typeof value === "number" && value - value === 0) this.chunk[this.slot] = value;
    else rejectValue(this.chunk, this.descriptor.name, value);
  }

  add(delta: number): void {
    const value = typeof delta === "number" ? (this.chunk[this.slot]! || 0) + delta : Number.NaN;
    if (value - value === 0) this.chunk[this.slot] = value;
    else rejectValue(this.chunk, this.descriptor.name, delta);
  }
}

/** The gauge of disabled monitoring. */
export const NOOP_GAUGE: Gauge = { set: (): void => {}, add: (): void => {} };
