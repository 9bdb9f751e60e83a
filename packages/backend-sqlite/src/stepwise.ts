import type { Connection } from "./connection.ts";
import { asMetricsError } from "./sqlite-error.ts";

/** `wait` asks for a pause before the next step, because somebody else holds the lock. */
export type Step = "more" | "wait";

/** Work in short steps: between two of them the event loop may turn. */
export type Stepwise<T> = Generator<Step, T, void>;

/** Attempts at the lock before a job is given up, which is then begun anew at the next occasion. */
const ATTEMPTS = 50;

/** A short write transaction, tried again while others hold the lock. */
export function* whenFree<T>(connection: Connection, work: () => T): Stepwise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return connection.immediate(work);
    } catch (cause) {
      const busy = asMetricsError(cause, connection.path).code === "BACKEND_BUSY";
      if (!busy || attempt === ATTEMPTS) throw cause;
    }
    yield "wait";
  }
}

/** Runs a job to its end without a pause, for tests and tools. */
export function finish<T>(job: Stepwise<T>): T {
  for (;;) {
    const step = job.next();
    if (step.done === true) return step.value;
  }
}
