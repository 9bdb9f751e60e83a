import type { Clock } from "./clock.ts";

/** A clock that moves only when told to, for tests of anything that takes a `clock`. */
export class ManualClock implements Clock {
  #now: number;
  #monotonic = 0;

  /** @param epochSeconds where wall time starts; monotonic time starts at 0. */
  constructor(epochSeconds = 1_700_000_000) {
    this.#now = epochSeconds;
  }

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#monotonic;
  }

  /** Lets both clocks run on by `seconds` (0 or more). */
  advance(seconds: number): void {
    if (!(seconds >= 0)) throw new RangeError(`advance takes 0 or more seconds, got ${seconds}`);
    this.#now += seconds;
    this.#monotonic += seconds;
  }

  /** Steps the wall clock alone, as an operator or NTP would; monotonic time does not move. */
  stepWallClock(seconds: number): void {
    this.#now += seconds;
  }
}
