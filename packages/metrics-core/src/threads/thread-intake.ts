import { threadId } from "node:worker_threads";
import type { ProblemLog } from "../problem-log.ts";
import type { SeriesRegistry } from "../series-registry.ts";
import { RecordingThread } from "./recording-thread.ts";
import { SharedHeap } from "./shared-heap.ts";
import { ThreadContributions } from "./thread-contributions.ts";
import { onThreadEnd } from "./thread-ends.ts";
import { markGone, ThreadHome } from "./thread-home.ts";
import { type InheritedOptions, isOffered, offerThreads, withdrawOffer } from "./thread-offer.ts";

/** New series that are taken in at a time, so that the event loop is not held up for more than some milliseconds. */
const LINES_PER_TURN = 500;

interface IntakeOptions {
  readonly registry: SeriesRegistry;
  readonly problems: ProblemLog;
}

/**
 * Takes in what worker threads record: their counters, gauges and buckets become part of this process's series. Nothing has
 * to be sent and no event awaited for that, so it works at exit as at any other time; events only tell of threads that
 * have ended, whose memory is then used again.
 */
export class ThreadIntake {
  readonly #heap: SharedHeap;
  readonly #options: IntakeOptions;
  readonly #contributions: ThreadContributions;
  /** By the place of their home. */
  readonly #threads = new Map<number, RecordingThread>();
  #unlisten: (() => void) | undefined;
  #later: NodeJS.Immediate | undefined;

  private constructor(heap: SharedHeap, options: IntakeOptions) {
    this.#heap = heap;
    this.#options = options;
    this.#contributions = new ThreadContributions(options.registry.distributions);
  }

  /** `undefined` when there is no shared memory. */
  static create(options: IntakeOptions): ThreadIntake | undefined {
    const heap = SharedHeap.create();
    return heap === undefined ? undefined : new ThreadIntake(heap, options);
  }

  /** Lets threads that are started from now on record here, with these options. */
  offer(options: InheritedOptions): void {
    offerThreads(this.#heap, threadId, options);
    this.#unlisten ??= onThreadEnd((thread) => this.#end(thread));
  }

  /** The same with other options, if it is offered at all. */
  offerAnew(options: InheritedOptions): void {
    if (isOffered(this.#heap)) this.offer(options);
  }

  /** Offers it no longer; threads that have joined go on. */
  withdraw(): void {
    withdrawOffer(this.#heap);
  }

  /** Nothing is taken in any more. Threads that have been offered this memory and not joined yet have to help themselves. */
  close(): void {
    clearImmediate(this.#later);
    this.#heap.close();
    this.withdraw();
    this.#unlisten?.();
  }

  /**
   * Takes in the state of all threads. Costs about a microsecond per thread and 100 ns per counter or gauge of theirs.
   * @param unhurried whether a thread's new series may be taken in little by little, in the next turns of the event loop:
   * what is recorded in them waits in their cells.
   */
  gather(unhurried = false): void {
    let more = false;
    const homes = ThreadHome.all(this.#heap);
    const gone = new Set<number>();
    for (const home of homes) {
      let thread = this.#threads.get(home.byteOffset);
      if (thread === undefined) {
        thread = new RecordingThread(this.#heap, home, { ...this.#options, contributions: this.#contributions });
        this.#threads.set(home.byteOffset, thread);
        this.#options.registry.contributions = this.#contributions;
      }
      // Asked before the log is read: once it has ended, nothing is added behind our back.
      const { state } = home;
      if (thread.follow(unhurried && state === "recording" ? LINES_PER_TURN : undefined)) more = true;
      if (state !== "recording") thread.end();
      if (state === "gone") gone.add(home.thread);
    }
    for (const ended of gone) this.#release(ended);
    this.#contributions.refresh();
    if (more) this.#goOnLater();
  }

  #goOnLater(): void {
    this.#later ??= setImmediate(() => {
      this.#later = undefined;
      const more = [...this.#threads.values()].filter((thread) => thread.follow(LINES_PER_TURN));
      if (more.length > 0) this.#goOnLater();
    }).unref();
  }

  #end(thread: number): void {
    if (this.#heap.closed) return;
    try {
      markGone(this.#heap, thread);
      this.gather();
      // Also what it may have claimed without getting as far as having a home.
      this.#release(thread);
    } catch (error) {
      this.#options.problems.error("worker_thread", error);
    }
  }

  #release(thread: number): void {
    for (const [place, { home }] of this.#threads) if (home.thread === thread) this.#threads.delete(place);
    this.#heap.release(thread);
  }
}
