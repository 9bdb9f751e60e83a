import type { ScalarCell } from "./scalar-cells.ts";

/** Counts things that happened; only ever grows. About 3 ns a call, no allocation. */
export interface Counter {
  /** Adds `amount` (0 or more, default 1). Negative and non-finite amounts are dropped and counted, never thrown. */
  add(amount?: number): void;
}

/** What a handle does with a value that cannot be recorded. */
export type RejectValue = (name: string, value: unknown) => void;

/** The counter that points at a cell. */
export class CellCounter implements Counter {
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

  add(amount = 1): void {
    if (amount >= 0 && amount < Number.POSITIVE_INFINITY) this.chunk[this.slot]! += amount;
    else this.reject(this.name, amount);
  }
}

/** The counter of disabled monitoring. */
export const NOOP_COUNTER: Counter = { add: (): void => {} };
