import type { CellAllocator } from "./cell-allocator.ts";

/** Doubles per chunk: 4 KiB, so that one series more never copies the others and never moves a cell. */
export const CHUNK_CELLS = 512;

/** Where a counter's or gauge's number lives. */
export interface ScalarCell {
  readonly chunk: Float64Array;
  readonly slot: number;
}

/** Hands out double cells from fixed chunks; a cell never moves, so a handle can point at it for ever. */
export class ScalarCells {
  readonly #allocator: CellAllocator;
  #chunk: Float64Array = new Float64Array(0);
  #used = CHUNK_CELLS;

  constructor(allocator: CellAllocator) {
    this.#allocator = allocator;
  }

  allocate(initial: number): ScalarCell {
    if (this.#used === CHUNK_CELLS) {
      this.#chunk = new Float64Array(this.#allocator.allocate(CHUNK_CELLS * 8), 0, CHUNK_CELLS);
      this.#used = 0;
    }
    const slot = this.#used++;
    this.#chunk[slot] = initial;
    return { chunk: this.#chunk, slot };
  }
}
