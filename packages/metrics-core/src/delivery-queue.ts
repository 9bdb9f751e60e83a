import type { MetricsBackend } from "./backend.ts";
import { waitAtMost } from "./bounded-wait.ts";
import { isMetricsError } from "./metrics-error.ts";
import { withSelfCountsOf } from "./self-counts.ts";
import type { MetricSnapshot } from "./snapshot.ts";

const BUSY_RETRY_SECONDS = { first: 0.02, longest: 1 } as const;
const FAILURE_RETRY_SECONDS = { first: 0.5, longest: 30 } as const;
const SYNC_RETRY_MS = 10;
/** A snapshot of this many points is written in another turn of the event loop than the one in which it was collected. */
const MANY_POINTS = 2000;

/** How a queue behaves and whom it tells. */
export interface QueueOptions {
  /** Points that may wait; the oldest snapshots beyond it are dropped. */
  bufferSize: number;
  readonly random: () => number;
  readonly onDropped: (points: number, why: string) => void;
  readonly onFailure: (error: unknown) => void;
}

/** The snapshots that wait for one backend, in order; a refused one stays at the head until it is accepted or dropped. */
export class DeliveryQueue {
  readonly backend: MetricsBackend;
  readonly #options: QueueOptions;
  readonly #waiting: MetricSnapshot[] = [];
  #points = 0;
  #delivering: Promise<void> | undefined;
  #retry: NodeJS.Timeout | undefined;
  #attempts = 0;
  #busy = false;

  constructor(backend: MetricsBackend, options: QueueOptions) {
    this.backend = backend;
    this.#options = options;
  }

  /** Points waiting. */
  get points(): number {
    return this.#points;
  }

  /** Snapshots waiting. */
  get length(): number {
    return this.#waiting.length;
  }

  /** Whether the last refusal was for a store that somebody else holds. */
  get busy(): boolean {
    return this.#busy;
  }

  set bufferSize(points: number) {
    this.#options.bufferSize = points;
  }

  push(snapshot: MetricSnapshot): void {
    this.#waiting.push(snapshot);
    this.#points += snapshot.points.length;
    // What is being written just now may still be accepted, and a single snapshot always has room.
    const oldest = this.#delivering === undefined ? 0 : 1;
    let dropped = 0;
    while (this.#overfull && this.#waiting.length > oldest + 1) {
      const [gone, next] = this.#waiting.slice(oldest, oldest + 2) as [MetricSnapshot, MetricSnapshot];
      dropped += this.#remove(oldest);
      // Only the head was ever offered, so that the one after it may still change.
      const kept = withSelfCountsOf(gone, next);
      this.#waiting[oldest] = kept;
      this.#points += kept.points.length - next.points.length;
    }
    if (dropped > 0) this.#options.onDropped(dropped, `${this.backend.name} has not accepted them in time`);
  }

  /** Offers what waits until all is accepted or one is refused; then tries again later by itself. Never rejects. */
  deliver(): Promise<void> {
    if (this.#delivering === undefined && this.#waiting.length > 0) this.#delivering = this.#deliver();
    return this.#delivering ?? Promise.resolve();
  }

  /** Keeps offering until the queue is empty or `seconds` are over. */
  async deliverWithin(seconds: number): Promise<void> {
    const deadline = performance.now() + seconds * 1000;
    for (;;) {
      await waitAtMost(this.deliver(), (deadline - performance.now()) / 1000);
      const left = deadline - performance.now();
      if (this.#waiting.length === 0 || left <= 0) return;
      await new Promise<void>((resolve) => setTimeout(resolve, Math.min(left, this.#pause() * 1000)));
    }
  }

  /**
   * The same without the event loop, for exit; a backend without `writeSync` keeps what it has. Returns the error that
   * ended it early, if one did.
   * @param deadline on the scale of `performance.now()`, milliseconds.
   */
  deliverSync(deadline: number): unknown {
    const { backend } = this;
    if (!backend.writeSync) return undefined;
    while (this.#waiting.length > 0) {
      try {
        backend.writeSync(this.#waiting[0]!);
        this.#shift();
      } catch (error) {
        if (isMetricsError(error, "REJECTED")) {
          this.#reject(error);
        } else if (isMetricsError(error, "BACKEND_BUSY") && performance.now() < deadline) {
          Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, SYNC_RETRY_MS);
        } else {
          return error;
        }
      }
    }
    return undefined;
  }

  /** Stops trying. Returns how many points were left. */
  stop(): number {
    clearTimeout(this.#retry);
    this.#retry = undefined;
    const left = this.#points;
    this.#waiting.length = 0;
    this.#points = 0;
    return left;
  }

  async #deliver(): Promise<void> {
    clearTimeout(this.#retry);
    this.#retry = undefined;
    try {
      while (this.#waiting.length > 0 && (await this.#offer(this.#waiting[0]!)));
    } finally {
      // Here and not in a callback of the promise: who calls `deliver` in between must not be given one that is over.
      this.#delivering = undefined;
    }
  }

  /** Resolves to whether to go on with the next. Never synchronously over, so that `#delivering` is set by then. */
  async #offer(head: MetricSnapshot): Promise<boolean> {
    if (head.points.length >= MANY_POINTS) {
      await new Promise<void>((resolve) => setImmediate(resolve));
      if (this.#waiting[0] !== head) return true;
    }
    try {
      await this.backend.write(head);
      if (this.#waiting[0] === head) this.#shift();
      this.#attempts = 0;
    } catch (error) {
      // Meanwhile it may have been delivered synchronously, or the queue been stopped.
      if (this.#waiting[0] !== head) return true;
      if (isMetricsError(error, "REJECTED")) {
        this.#reject(error);
      } else {
        this.#busy = isMetricsError(error, "BACKEND_BUSY");
        this.#attempts++;
        if (!this.#busy) this.#options.onFailure(error);
        this.#retry = setTimeout(() => void this.deliver(), this.#pause() * 1000);
        this.#retry.unref();
        return false;
      }
    }
    return true;
  }

  /** An empty snapshot takes room too: without that, a backend that is down would let them pile up for ever. */
  get #overfull(): boolean {
    const { bufferSize } = this.#options;
    return this.#points > bufferSize || this.#waiting.length > bufferSize;
  }

  /** Seconds to the next attempt: doubling, with jitter so that many writers do not meet again. */
  #pause(): number {
    const { first, longest } = this.#busy ? BUSY_RETRY_SECONDS : FAILURE_RETRY_SECONDS;
    const doubled = Math.min(longest, first * 2 ** Math.min(Math.max(0, this.#attempts - 1), 20));
    return doubled * (0.5 + this.#options.random() / 2);
  }

  #reject(error: unknown): void {
    this.#options.onDropped(this.#shift(), error instanceof Error ? error.message : String(error));
  }

  #shift(): number {
    return this.#remove(0);
  }

  #remove(position: number): number {
    const points = this.#waiting.splice(position, 1)[0]?.points.length ?? 0;
    this.#points -= points;
    return points;
  }
}
