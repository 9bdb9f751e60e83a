import type { CacheTable } from "./cache-table.ts";

/** A change of the file. What takes time is prepared before the transaction begins. */
export interface Write {
  /** Does a part of the preparation; true when all is done. */
  readonly prepare?: () => boolean;
  readonly apply: (table: CacheTable) => void;
  /** Memory that waiting holds on to. */
  readonly heldBytes: number;
}

const MAX_WAITING = 4096;
const MAX_HELD_BYTES = 256 * 2 ** 20;
const MAX_BATCH = 256;
/** Preparation that one turn of the event loop does, and then one step more. */
const SLICE_MS = 5;
const RETRY_MS = 25;
const FLUSH_ATTEMPTS = 40;

/**
 * Puts writes off until the event loop is free, and does several in one transaction. A locked file is tried again a little
 * later, on timers that keep no process alive. What waits is bounded: beyond, the oldest is left out (it is a cache).
 */
export class WriteQueue {
  readonly #apply: (writes: readonly Write[]) => "done" | "busy";
  #waiting: Write[] = [];
  #heldBytes = 0;
  #prepared = 0;
  #woken = false;
  #immediate: NodeJS.Immediate | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(apply: (writes: readonly Write[]) => "done" | "busy") {
    this.#apply = apply;
  }

  add(write: Write): void {
    this.#waiting.push(write);
    this.#heldBytes += write.heldBytes;
    while (this.#waiting.length > MAX_WAITING || (this.#heldBytes > MAX_HELD_BYTES && this.#waiting.length > 1)) {
      this.#heldBytes -= this.#waiting.shift()!.heldBytes;
      if (this.#prepared > 0) this.#prepared--;
    }
    this.wake();
  }

  /** Applies soon what waits by then, if only an empty list. */
  wake(): void {
    this.#woken = true;
    if (this.#immediate !== undefined || this.#timer !== undefined) return;
    this.#immediate = setImmediate(() => {
      this.#immediate = undefined;
      if (!this.#woken) return;
      if (this.#step() === "busy") this.#retry();
      else if (this.#woken) this.wake();
    });
  }

  /** Forgets what waits. */
  drop(): void {
    this.#waiting = [];
    this.#heldBytes = 0;
    this.#prepared = 0;
  }

  /** Applies everything that waits. Resolves to false when the file stayed locked for about a second. */
  async flush(): Promise<boolean> {
    for (let attempt = 0; this.#woken; ) {
      if (this.#step() === "done") continue;
      attempt++;
      if (attempt >= FLUSH_ATTEMPTS) return false;
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
    return true;
  }

  close(): void {
    clearImmediate(this.#immediate);
    clearTimeout(this.#timer);
    this.#immediate = undefined;
    this.#timer = undefined;
    this.#woken = false;
    this.drop();
  }

  #step(): "done" | "busy" {
    const began = performance.now();
    const wanted = Math.min(MAX_BATCH, this.#waiting.length);
    while (this.#prepared < wanted && performance.now() - began < SLICE_MS) {
      if (this.#waiting[this.#prepared]!.prepare?.() !== false) this.#prepared++;
    }
    const count = Math.min(this.#prepared, wanted);
    if (count === 0 && wanted > 0) return "done";
    const batch = this.#waiting.slice(0, count);
    if (this.#apply(batch) === "busy") return "busy";
    this.#waiting.splice(0, count);
    this.#prepared -= count;
    for (const write of batch) this.#heldBytes -= write.heldBytes;
    this.#woken = this.#waiting.length > 0;
    return "done";
  }

  #retry(): void {
    if (this.#timer !== undefined) return;
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined;
        if (this.#woken) this.wake();
      },
      RETRY_MS * (1 + Math.random()),
    );
    this.#timer.unref();
  }
}
