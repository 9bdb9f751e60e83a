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
}
