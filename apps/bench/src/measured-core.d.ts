/** What is used here of measured-core, which comes without types. */
declare module "measured-core" {
  /** Adds up. */
  export class Counter {
    inc(n?: number): void;
  }
  /** Rate and distribution of durations in milliseconds. */
  export class Timer {
    start(): { end(): number };
    end(): void;
  }
}
