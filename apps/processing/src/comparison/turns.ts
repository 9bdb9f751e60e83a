/** Lets timers, signals and others have their turn in a long computation. */
export interface Turns {
  /** Call it after each piece of work. Rejects when the computation is to end. */
  take(): Promise<void>;
}
