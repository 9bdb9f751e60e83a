import { isMetricsError } from "@giflab/metrics-core";

/** How long what somebody asked for waits for a lock that others hold. */
const OPERATION_SECONDS = 5;
/** What may be spent waiting at the end of a process. */
const EXIT_WAIT_MS = 300;
const RETRY_MS = 20;

/** Tries `work` again while it fails with `BACKEND_BUSY`; the event loop runs meanwhile. */
export async function retryWhileBusy<T>(work: () => T | Promise<T>): Promise<T> {
  const until = performance.now() + OPERATION_SECONDS * 1000;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!isMetricsError(error, "BACKEND_BUSY") || performance.now() >= until) throw error;
    }
    await new Promise<void>((resolve) => setTimeout(resolve, RETRY_MS * (0.5 + Math.random())));
  }
}

/** The same where there is no event loop any more: for 0.3 s at most. */
export function retryBusyAtExit<T>(work: () => T): T {
  const until = performance.now() + EXIT_WAIT_MS;
  for (;;) {
    try {
      return work();
    } catch (error) {
      if (!isMetricsError(error, "BACKEND_BUSY") || performance.now() >= until) throw error;
    }
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_MS);
  }
}
