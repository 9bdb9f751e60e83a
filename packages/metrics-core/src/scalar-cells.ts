import type { CellAllocator } from "./cell-allocator.ts";

/** Doubles per chunk: 4 KiB, so that one series more never copies the others and never moves a cell. */
export const CHUNK_CELLS = 512;

/** Where a counter's or gauge's number lives. */
export interface ScalarCell {
  readonly chunk: Float64Array;
  readonly slot: number;
}

/** What is done with a value that cannot be recorded. */
export type RejectValue = (name: string, value: unknown) => void;

/** Whom the handles of a chunk tell of values that cannot be recorded: chunks are few, and handles many. */
const rejects = new WeakMap<Float64Array, RejectValue>();

/** Reports a value that cannot be recorded to the collector that owns the cell. Never throws. */
export function rejectValue(chunk: Float64Array, name: string, value: unknown): void {
  rejects.get(chunk)?.(name, value);
}

/** Hands out double cells from fixed chunks; a cell never moves, so a handle can point at it for ever. */
export class ScalarCells {
  readonly #allocator: CellAllocator;
  readonly #reject: RejectValue;
  #chunk: Float64Array = new Float64Array(0);
  #used = CHUNK_CELLS;

  constructor(allocator: CellAllocator, reject: RejectValue) {
    this.#allocator = allocator;
    this.#reject = reject;
  }

  allocate(initial: number): ScalarCell {
    if (this.#used === CHUNK_CELLS) {
      const { buffer, byteOffset } = this.#allocator.allocate(CHUNK_CELLS * 8);
      this.#chunk = new Float64Array(buffer, byteOffset, CHUNK_CELLS);
      this.#used = 0;
      rejects.set(this.#chunk, this.#reject);
    }
    const slot = this.#used++;
    this.#chunk[slot] = initial;
    return { chunk: this.#chunk, slot };
  }
}
