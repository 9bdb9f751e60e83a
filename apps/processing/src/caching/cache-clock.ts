/** The two readings of time a cache takes: wall time in epoch seconds and monotonic seconds. */
export interface CacheClock {
  now(): number;
  monotonic(): number;
}

/** The machine's clocks. */
export const machineClock: CacheClock = {
  now: () => Date.now() / 1000,
  monotonic: () => performance.now() / 1000,
};
