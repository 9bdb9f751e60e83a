/** A stretch of zeroed memory, aligned for doubles. */
export interface CellMemory {
  readonly buffer: ArrayBufferLike;
  readonly byteOffset: number;
}

/**
 * Where the memory of cells comes from. Everything recorded lives in memory from here, in layouts that hold no JavaScript
 * references, so that a worker thread can record into shared memory and the main thread can collect it.
 */
export interface CellAllocator {
  /** @param byteLength at most 65,536. */
  allocate(byteLength: number): CellMemory;
}

/** Ordinary memory of this thread. */
export const heapCells: CellAllocator = {
  allocate: (byteLength) => ({ buffer: new ArrayBuffer(byteLength), byteOffset: 0 }),
};
