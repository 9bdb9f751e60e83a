import type { RejectValue } from "./counter.ts";
import type { ScalarCell } from "./scalar-cells.ts";

/** States a value that goes up and down. About 1 ns a call, no allocation. */
export interface Gauge {
  /** The value from now on. NaN and infinities are dropped and counted. */
  set(value: number): void;
  /** Changes the value by `delta` (either sign); a gauge that was never set starts at 0. */
  add(delta: number): void;
}

/** The gauge that points at a cell; NaN in the cell means that it was never set. */
export class CellGauge implements Gauge {
  declare private readonly chunk: Float64Array;
  declare private readonly slot: number;
  declare private readonly name: string;
  declare private readonly reject: RejectValue;

  constructor(cell: ScalarCell, name: string, reject: RejectValue) {
    this.chunk = cell.chunk;
    this.slot = cell.slot;
    this.name = name;
    this.reject = reject;
  }

  set(value: number): void {
    if (value - value === 0) this.chunk[this.slot] = value;
    else this.reject(this.name, value);
  }

  add(delta: number): void {
    const value = (this.chunk[this.slot]! || 0) + delta;
    if (value - value === 0) this.chunk[this.slot] = value;
    else this.reject(this.name, delta);
  }
}

/** The gauge of disabled monitoring. */
export const NOOP_GAUGE: Gauge = { set: (): void => {}, add: (): void => {} };
