/** How far an operation on a store has got. */
export interface OperationProgress {
  /** What is being done now: `sealing and rolling up`. */
  readonly phase: string;
  /** Units done, and how many there are; the total may grow when running programs add to it. */
  readonly done: number;
  readonly total: number;
  /** What is counted: `rows`, `pages`. */
  readonly unit: string;
}

/** What every operation on a store takes. */
export interface OperationOptions {
  /** Called between steps, at most every tenth of a second. */
  readonly onProgress?: ((progress: OperationProgress) => void) | undefined;
  /** Breaks the operation off between two steps; it rejects with the signal's reason, and what was done holds. */
  readonly signal?: AbortSignal | undefined;
}

const REPORT_MS = 100;

/** Reports at most ten times a second; `measure` is called only then. */
export class ProgressReporter {
  readonly #report: ((progress: OperationProgress) => void) | undefined;
  #last = Number.NEGATIVE_INFINITY;

  constructor({ onProgress }: OperationOptions) {
    this.#report = onProgress;
  }

  offer(measure: () => OperationProgress): void {
    if (this.#report === undefined || performance.now() - this.#last < REPORT_MS) return;
    this.#report(measure());
    this.#last = performance.now();
  }
}
