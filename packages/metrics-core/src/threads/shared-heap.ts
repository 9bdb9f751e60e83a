/** Raised with every change of what threads and their collector expect to find in shared memory, the layout of cells included. */
const PROTOCOL = 1;
export const PAGE_BYTES = 65_536;
/** As many as have a word in page 0, which makes 1 GB of address space. */
const MAX_PAGES = 16_352;
const LEAST_PAGES = 256;
/** Pages by which the memory grows at a time. */
const GROW_PAGES = 16;

/** Words of page 0; from OWNERS on, one per page: 0 when free, else who has claimed it. */
const PROTOCOL_WORD = 0;
const CLOSED_WORD = 1;
const OWNERS = 16;

/**
 * The memory that worker threads record in and their collector reads: one growable SharedArrayBuffer in pages of 64 KB.
 * A page belongs to one thread at a time and is claimed with a single atomic exchange, so a thread that is terminated
 * anywhere leaves nothing half done. Pages of ended threads are zeroed and used again; address space is reserved for
 * 1 GB, memory is only taken for pages that were claimed.
 */
export class SharedHeap {
  readonly buffer: SharedArrayBuffer;
  readonly #control: Int32Array;
  readonly #pages: number;

  private constructor(buffer: SharedArrayBuffer) {
    this.buffer = buffer;
    this.#control = new Int32Array(buffer, 0, PAGE_BYTES / 4);
    this.#pages = Math.min(MAX_PAGES, buffer.maxByteLength / PAGE_BYTES - 1);
  }

  /**
   * `undefined` where not even 16 MB of address space can be had.
   * @param most pages, 256 to 16,352; as many as the address space has room for.
   */
  static create(most: number = MAX_PAGES): SharedHeap | undefined {
    for (let pages = most; pages >= LEAST_PAGES; pages = Math.floor(pages / 2)) {
      try {
        const heap = new SharedHeap(new SharedArrayBuffer(PAGE_BYTES, { maxByteLength: (pages + 1) * PAGE_BYTES }));
        heap.#control[PROTOCOL_WORD] = PROTOCOL;
        return heap;
      } catch {
        // Address space may be limited.
      }
    }
    return undefined;
  }

  /** The heap in a buffer that another thread made; `undefined` for anything else, and for one of another version. */
  static attach(buffer: unknown): SharedHeap | undefined {
    if (!(buffer instanceof SharedArrayBuffer) || !buffer.growable || buffer.byteLength < PAGE_BYTES) return undefined;
    const heap = new SharedHeap(buffer);
    return heap.#control[PROTOCOL_WORD] === PROTOCOL ? heap : undefined;
  }

  /** Whether nobody collects any more what is recorded in this memory. */
  get closed(): boolean {
    return Atomics.load(this.#control, CLOSED_WORD) !== 0;
  }

  close(): void {
    Atomics.store(this.#control, CLOSED_WORD, 1);
  }

  /** Pages that are claimed now. */
  get claimedPages(): number {
    let claimed = 0;
    for (let page = 1; page <= this.#grownPages; page++) if (this.#owner(page) !== 0) claimed++;
    return claimed;
  }

  /**
   * Takes a zeroed page for a thread; `undefined` when none is left. Returns its byte offset.
   * @param home whether it is one by which the collector finds the thread.
   */
  claim(threadId: number, home: boolean): number | undefined {
    const owner = (threadId + 1) * 2 + (home ? 1 : 0);
    for (let page = 1; page <= this.#pages; page++) {
      if (this.#owner(page) !== 0 || Atomics.compareExchange(this.#control, OWNERS + page, 0, owner) !== 0) continue;
      if (this.#grow(page)) return page * PAGE_BYTES;
      Atomics.store(this.#control, OWNERS + page, 0);
      return undefined;
    }
    return undefined;
  }

  /** Byte offsets of the pages by which threads are found. */
  homes(): number[] {
    const found: number[] = [];
    for (let page = 1; page <= this.#grownPages; page++)
      if ((this.#owner(page) & 1) === 1) found.push(page * PAGE_BYTES);
    return found;
  }

  /** Zeroes and frees all pages of a thread. Only once it runs no more: it would go on writing into pages of others. */
  release(threadId: number): void {
    for (let page = 1; page <= this.#pages; page++) {
      const owner = this.#owner(page);
      if (owner === 0 || owner >> 1 !== threadId + 1) continue;
      if (page <= this.#grownPages) new Float64Array(this.buffer, page * PAGE_BYTES, PAGE_BYTES / 8).fill(0);
      Atomics.store(this.#control, OWNERS + page, 0);
    }
  }

  get #grownPages(): number {
    return Math.min(this.#pages, this.buffer.byteLength / PAGE_BYTES - 1);
  }

  #owner(page: number): number {
    return Atomics.load(this.#control, OWNERS + page);
  }

  /** Makes the buffer reach to the end of `page`. Others grow it at the same time, and it never shrinks. */
  #grow(page: number): boolean {
    while (page > this.#grownPages) {
      const pages = Math.min(this.#pages, Math.ceil(page / GROW_PAGES) * GROW_PAGES);
      try {
        this.buffer.grow((pages + 1) * PAGE_BYTES);
      } catch {
        // Another thread was faster, or there is no memory.
        if (page > this.#grownPages) return false;
      }
    }
    return true;
  }
}
