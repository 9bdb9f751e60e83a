import { PAGE_BYTES, type SharedHeap } from "./shared-heap.ts";

/** Words at the beginning of the page by which a thread is found. */
const READY_WORD = 0;
const THREAD_WORD = 1;
const PARENT_WORD = 2;
const STATE_WORD = 3;
const HEADER_BYTES = 64;
/** Bytes that header and first segment of the log take; the rest of the page is for cells. */
export const HOME_BYTES = 8192;

const STATES = ["recording", "closed", "gone"] as const;
/** `closed`: it has said that it records no more. `gone`: it runs no more. */
export type ThreadState = (typeof STATES)[number];

/** Where a thread says who it is, and where its log begins. */
export class ThreadHome {
  readonly #words: Int32Array;
  readonly byteOffset: number;

  constructor(heap: SharedHeap, byteOffset: number) {
    this.#words = new Int32Array(heap.buffer, byteOffset, HEADER_BYTES / 4);
    this.byteOffset = byteOffset;
  }

  /** Claims a home for a thread and makes it known; `undefined` when no memory is left. */
  static claim(heap: SharedHeap, thread: number, parent: number): ThreadHome | undefined {
    const byteOffset = heap.claim(thread, true);
    if (byteOffset === undefined) return undefined;
    const home = new ThreadHome(heap, byteOffset);
    home.#words[THREAD_WORD] = thread;
    home.#words[PARENT_WORD] = parent;
    Atomics.store(home.#words, READY_WORD, 1);
    return home;
  }

  /** All that are known. */
  static all(heap: SharedHeap): ThreadHome[] {
    return heap
      .homes()
      .map((byteOffset) => new ThreadHome(heap, byteOffset))
      .filter((home) => Atomics.load(home.#words, READY_WORD) === 1);
  }

  get thread(): number {
    return this.#words[THREAD_WORD]!;
  }

  /** The nearest thread above it that records in the same memory or collects it. */
  get parent(): number {
    return this.#words[PARENT_WORD]!;
  }

  get state(): ThreadState {
    return STATES[Atomics.load(this.#words, STATE_WORD)] ?? "gone";
  }

  set state(state: ThreadState) {
    Atomics.store(this.#words, STATE_WORD, STATES.indexOf(state));
  }

  get logOffset(): number {
    return this.byteOffset + HEADER_BYTES;
  }

  get logBytes(): number {
    return HOME_BYTES - HEADER_BYTES;
  }

  /** What follows the log, to the end of the page. */
  get rest(): { readonly from: number; readonly to: number } {
    return { from: this.byteOffset + HOME_BYTES, to: this.byteOffset + PAGE_BYTES };
  }
}

/** Notes that a thread runs no more, and with it those below it, as threads do not outlive the one that started them. */
export function markGone(heap: SharedHeap, thread: number): void {
  const homes = ThreadHome.all(heap);
  const gone = new Set([thread]);
  // A thread is started after the one above it, so its number is higher.
  for (const home of homes.sort((a, b) => a.thread - b.thread)) {
    if (!gone.has(home.thread) && !gone.has(home.parent)) continue;
    gone.add(home.thread);
    home.state = "gone";
  }
}
