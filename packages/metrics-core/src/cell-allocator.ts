/**
 * Where the memory of cells comes from. Everything recorded lives in buffers from here, in layouts that hold no JavaScript
 * references, so that a worker thread can record into shared memory and the main thread can collect it.
 */
export interface CellAllocator {
  /** A zeroed buffer of `byteLength` bytes, aligned for doubles. */
  allocate(byteLength: number): ArrayBufferLike;
}

/** Ordinary memory of this thread. */
export const heapCells: CellAllocator = { allocate: (byteLength) => new ArrayBuffer(byteLength) };
