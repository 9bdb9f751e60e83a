import { OCTAVES } from "./bucket-layout.ts";
import type { CellAllocator } from "./cell-allocator.ts";

/** Doubles of a header. Recorder and collector write different slots, so neither needs a lock. */
export const HEADER_CELLS = 8;
/**
 * Calls that were not measured because of the sampling rate. What was measured is in the buckets, and all calls are both
 * together: a total of its own could disagree with the buckets when another thread reads while a value is recorded.
 */
export const SKIPPED = 0;
/** Sampled values that count as zero. */
export const ZERO = 1;
export const SUM = 2;
export const LAST = 3;
/** Extremes since the epoch in `SEEN`. */
export const MIN = 4;
export const MAX = 5;
/** The epoch to which MIN and MAX belong; the recorder starts them anew when it differs from EPOCH. */
export const SEEN = 6;
/** Raised by the collector each time it has read MIN and MAX. */
export const EPOCH = 7;

/** Directory entries: positive octaves, then negative ones. An entry is 0 or the number of a block of 64 counts. */
export const DIRECTORY_ENTRIES: number = 2 * OCTAVES;
const HEADERS_PER_CHUNK = 64;
const BLOCKS_PER_SLAB = 256;
const BLOCK_COUNTS = 64;
/** Counts of a slab: 64 KB. */
export const SLAB_COUNTS: number = BLOCKS_PER_SLAB * BLOCK_COUNTS;

/** Where a histogram's or timer's numbers live. */
export interface DistributionCell {
  readonly header: Float64Array;
  /** Position of the first header slot. */
  readonly at: number;
  readonly directory: Uint32Array;
  /** Position of the first directory entry. */
  readonly directoryAt: number;
}

/**
 * Memory of histograms: a header and a directory each, and blocks of 64 counts (one octave, 256 bytes) that are taken from
 * slabs when a value first falls into the octave. Counts are 32 bits and wrap: only differences are ever used, and fewer
 * than 2^32 values are recorded between two flushes.
 */
export class DistributionCells {
  readonly slabs: Uint32Array[] = [];
  readonly #allocator: CellAllocator;
  readonly #onSlab: (slab: Uint32Array) => void;
  #headers: Float64Array = new Float64Array(0);
  #directories: Uint32Array = new Uint32Array(0);
  #usedHeaders = HEADERS_PER_CHUNK;
  /** Block 0 is never given out: 0 in a directory means "none". */
  #nextBlock = 1;

  /** @param onSlab is told of each slab before anything is counted in it. */
  constructor(allocator: CellAllocator, onSlab: (slab: Uint32Array) => void = () => {}) {
    this.#allocator = allocator;
    this.#onSlab = onSlab;
  }

  allocate(): DistributionCell {
    if (this.#usedHeaders === HEADERS_PER_CHUNK) {
      const headers = HEADERS_PER_CHUNK * HEADER_CELLS;
      const entries = HEADERS_PER_CHUNK * DIRECTORY_ENTRIES;
      const forHeaders = this.#allocator.allocate(headers * 8);
      const forDirectories = this.#allocator.allocate(entries * 4);
      this.#headers = new Float64Array(forHeaders.buffer, forHeaders.byteOffset, headers);
      this.#directories = new Uint32Array(forDirectories.buffer, forDirectories.byteOffset, entries);
      this.#usedHeaders = 0;
    }
    const index = this.#usedHeaders++;
    const at = index * HEADER_CELLS;
    this.#headers[at + MIN] = Number.POSITIVE_INFINITY;
    this.#headers[at + MAX] = Number.NEGATIVE_INFINITY;
    this.#headers[at + EPOCH] = 1;
    return { header: this.#headers, at, directory: this.#directories, directoryAt: index * DIRECTORY_ENTRIES };
  }

  /** Gives a histogram the block of one octave and enters it in its directory. */
  allocateBlock(cell: DistributionCell, entry: number): number {
    const block = this.#nextBlock++;
    const slab = block >>> 8;
    if (slab === this.slabs.length) {
      const { buffer, byteOffset } = this.#allocator.allocate(SLAB_COUNTS * 4);
      const made = new Uint32Array(buffer, byteOffset, SLAB_COUNTS);
      this.#onSlab(made);
      this.slabs.push(made);
    }
    cell.directory[cell.directoryAt + entry] = block;
    return block;
  }
}
