/**
 * Why a job has no result although nothing was wrong with it.
 *
 * - `WORKER_CRASHED`: the thread it was given to ended, out of memory for example.
 * - `WORKERS_UNAVAILABLE`: no thread can be started here, or one after the other crashed.
 * - `POOL_CLOSED`: the pool was closed before the job was done.
 */
export type WorkerErrorCode = "WORKER_CRASHED" | "WORKERS_UNAVAILABLE" | "POOL_CLOSED";

/** The one error of the pool itself; a job's own errors come back as the job threw them. */
export class WorkerError extends Error {
  override readonly name = "WorkerError";
  readonly code: WorkerErrorCode;

  constructor(code: WorkerErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
