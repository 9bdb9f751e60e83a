/** Which process, and which run of it, recorded something. */
export interface InstanceIdentity {
  /** Name of the program; default: the nearest package.json's name. */
  readonly service: string;
  readonly version: string;
  readonly host: string;
  readonly pid: number;
  /** 0 in the main thread, otherwise `worker_threads.threadId`. */
  readonly thread: number;
  /** Epoch seconds at which the process began. */
  readonly startTime: number;
  /** 16 random hex digits: unique per collector, also across hosts and restarts. */
  readonly writerId: string;
}
