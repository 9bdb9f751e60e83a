import type { CellAllocator, CellMemory } from "../cell-allocator.ts";
import { PAGE_BYTES, type SharedHeap } from "./shared-heap.ts";
import type { ThreadHome } from "./thread-home.ts";

/** Hands out a thread's share of the shared memory, piece by piece; pieces are never given back. */
export class ThreadMemory implements CellAllocator {
  readonly #heap: SharedHeap;
  readonly #thread: number;
  #from: number;
  #to: number;

  constructor(heap: SharedHeap, home: ThreadHome) {
    this.#heap = heap;
    this.#thread = home.thread;
    this.#from = home.rest.from;
    this.#to = home.rest.to;
  }

  /** Memory that nobody else sees when no shared memory is left: recording must go on. */
  allocate(byteLength: number): CellMemory {
    const byteOffset = this.allocateShared(byteLength);
    return byteOffset === undefined
      ? { buffer: new ArrayBuffer(byteLength), byteOffset: 0 }
      : { buffer: this.#heap.buffer, byteOffset };
  }

  /** Byte offset in the shared memory; `undefined` when none is left. */
  allocateShared(byteLength: number): number | undefined {
    const size = Math.ceil(byteLength / 8) * 8;
    if (size > PAGE_BYTES) return undefined;
    if (this.#from + size > this.#to) {
      const page = this.#heap.claim(this.#thread, false);
      if (page === undefined) return undefined;
      // What takes most of a page gets it alone, and small pieces go on filling the one before.
      if (size > PAGE_BYTES / 2) return page;
      this.#from = page;
      this.#to = page + PAGE_BYTES;
    }
    const byteOffset = this.#from;
    this.#from += size;
    return byteOffset;
  }
}
