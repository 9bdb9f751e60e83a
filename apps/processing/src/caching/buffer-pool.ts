import { cacheIsObserved, publishCacheMessage } from "./cache-channel.ts";

const MAX_PER_SIZE = 10;

export interface BufferPoolStats {
  readonly allocations: number;
  readonly reuses: number;
  readonly releases: number;
  /** Buffers waiting to be used again, and their bytes. */
  readonly buffers: number;
  readonly bytes: number;
  /** Reuses out of all requests; `undefined` before the first. */
  readonly reuseRate: number | undefined;
}

/**
 * Scratch memory that is used again. Only what `acquire` gave out comes back in, through `release`, and only once; at most
 * ten buffers of each size wait. A buffer holds whatever its last user left in it.
 */
export class BufferPool {
  readonly #free = new Map<number, ArrayBuffer[]>();
  readonly #leased = new WeakSet<ArrayBuffer>();
  readonly #limitBytes: number;
  #bytes = 0;
  #allocations = 0;
  #reuses = 0;
  #releases = 0;

  /** @param limitBytes bytes that may wait in all; default 64 MB */
  constructor(limitBytes: number = 64 * 2 ** 20) {
    this.#limitBytes = limitBytes;
  }

  /** Bytes that wait to be used again. */
  get idleBytes(): number {
    return this.#bytes;
  }

  /** A buffer of exactly `byteLength` bytes, to be given back with `release`. */
  acquire(byteLength: number): ArrayBuffer {
    const observed = cacheIsObserved();
    const began = observed ? performance.now() : 0;
    const waiting = this.#free.get(byteLength)?.pop();
    const buffer = waiting ?? new ArrayBuffer(byteLength);
    if (waiting === undefined) this.#allocations++;
    else {
      this.#reuses++;
      this.#bytes -= byteLength;
    }
    this.#leased.add(buffer);
    if (observed) {
      publishCacheMessage({
        cache: "resize.buffer_pool",
        operation: "get",
        outcome: waiting === undefined ? "miss" : "hit",
        seconds: (performance.now() - began) / 1000,
        memoryBytes: this.#bytes,
        memoryLimitBytes: this.#limitBytes,
      });
    }
    return buffer;
  }

  /** Takes a buffer back; ignores one that is not out (never acquired here, or released before). */
  release(buffer: ArrayBuffer): void {
    if (!this.#leased.delete(buffer)) return;
    this.#releases++;
    const { byteLength } = buffer;
    let waiting = this.#free.get(byteLength);
    if (waiting === undefined) {
      waiting = [];
      this.#free.set(byteLength, waiting);
    }
    if (waiting.length >= MAX_PER_SIZE || this.#bytes + byteLength > this.#limitBytes) return;
    waiting.push(buffer);
    this.#bytes += byteLength;
  }

  /** Lets go of what waits; buffers that are out may still come back. */
  clear(): void {
    this.#free.clear();
    this.#bytes = 0;
  }

  stats(): BufferPoolStats {
    const requests = this.#allocations + this.#reuses;
    let buffers = 0;
    for (const waiting of this.#free.values()) buffers += waiting.length;
    return {
      allocations: this.#allocations,
      reuses: this.#reuses,
      releases: this.#releases,
      buffers,
      bytes: this.#bytes,
      reuseRate: requests === 0 ? undefined : this.#reuses / requests,
    };
  }
}
