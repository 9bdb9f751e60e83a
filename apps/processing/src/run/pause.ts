import { setImmediate } from "node:timers/promises";

const BUSY_SECONDS = 0.03;

/** Thrown by `Pause` when the run was interrupted. */
export class InterruptedError extends Error {
  override readonly name = "InterruptedError";
}

/** Lets timers, signals and I/O have their turn between pieces of computation, at most every 30 ms. */
export class Pause {
  /** Ends the work when it is aborted: for what can be ended in the middle. */
  readonly signal: AbortSignal | undefined;
  #last = performance.now();

  constructor(signal?: AbortSignal) {
    this.signal = signal;
  }

  /** Call it after each piece of work. @throws InterruptedError once the signal is aborted */
  async take(): Promise<void> {
    if (performance.now() - this.#last >= BUSY_SECONDS * 1000) {
      await setImmediate();
      this.#last = performance.now();
    }
    if (this.signal?.aborted === true) throw new InterruptedError("interrupted");
  }

  /**
   * What `work` gives, unless the signal is aborted first: for work that somebody else does, which nobody waits for then.
   *
   * @throws InterruptedError once the signal is aborted, and whatever `work` rejects with
   */
  async orEnd<Result>(work: Promise<Result>): Promise<Result> {
    const { signal } = this;
    if (signal === undefined) return await work;
    const { promise, reject } = Promise.withResolvers<never>();
    const end = (): void => reject(new InterruptedError("interrupted"));
    signal.addEventListener("abort", end);
    try {
      if (signal.aborted) end();
      return await Promise.race([work, promise]);
    } finally {
      signal.removeEventListener("abort", end);
      // Nobody may be left to hear how it ended.
      work.catch(() => {});
    }
  }
}
