import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Worker, type WorkerOptions } from "node:worker_threads";
import { isMetricsError } from "@giflab/metrics-core";
import { CONTROL_CELLS, HOST_WRITES, STOP, type UpkeepOrder, type UpkeepOutcome } from "./upkeep-order.ts";

/** Few young objects are kept waiting for a collection. Work that takes more than this is left to the event loop. */
const MOST_MEMORY = { maxYoungGenerationSizeMb: 2, maxOldGenerationSizeMb: 256 };
/** A write waits this long at most for a transaction of the thread, which takes some milliseconds. */
const PATIENCE_MS = 10;
/** Who closes the store waits this long for the thread to come to the end of a step. */
const STOPPING_MS = 1000;

/**
 * A thread that does all upkeep of a store that is due and ends, with a connection and a heap of its own: the event loop goes
 * on meanwhile, and the memory that sealing takes is given back. It keeps no process alive. Wherever it is stopped, or its
 * process ends, nothing is lost or doubled.
 */
export class UpkeepThread {
  readonly #worker: Worker;
  readonly #control: Int32Array<SharedArrayBuffer>;
  /** Resolves to what it has done when it has ended; to `undefined` when it could not work, or was ended by force. Never rejects. */
  readonly done: Promise<UpkeepOutcome | undefined>;

  private constructor(worker: Worker, control: Int32Array<SharedArrayBuffer>) {
    this.#worker = worker;
    this.#control = control;
    this.done = new Promise((resolve) => {
      let outcome: UpkeepOutcome | undefined;
      worker.once("message", (said: UpkeepOutcome) => {
        outcome = said;
      });
      worker.once("error", () => resolve(undefined));
      worker.once("exit", () => resolve(outcome));
    });
  }

  /** Returns `undefined` where there can be none: under `--permission`, or without its program. */
  static start(order: Omit<UpkeepOrder, "control">): UpkeepThread | undefined {
    try {
      const program = upkeepProgram();
      if (program === undefined) return undefined;
      const control = new Int32Array(new SharedArrayBuffer(CONTROL_CELLS * Int32Array.BYTES_PER_ELEMENT));
      const worker = new Worker(program.file, { ...program.options, workerData: { ...order, control } });
      worker.unref();
      return new UpkeepThread(worker, control);
    } catch {
      return undefined;
    }
  }

  /** Runs a write of the host. When the thread holds the lock, it is asked to let go, and the write waits some milliseconds. */
  besides<T>(write: () => T): T {
    try {
      return write();
    } catch (error) {
      if (!isMetricsError(error, "BACKEND_BUSY")) throw error;
    }
    Atomics.store(this.#control, HOST_WRITES, 1);
    try {
      return withPatience(write);
    } finally {
      Atomics.store(this.#control, HOST_WRITES, 0);
      Atomics.notify(this.#control, HOST_WRITES);
    }
  }

  /** Tells it to end after its step, which takes some milliseconds. */
  stop(): void {
    Atomics.store(this.#control, STOP, 1);
    Atomics.notify(this.#control, STOP);
  }

  /** Stops it. Resolves when it has ended, within about a second. */
  async stopped(): Promise<void> {
    this.stop();
    this.#worker.ref();
    const force = setTimeout(() => void this.#worker.terminate(), STOPPING_MS);
    await this.done;
    clearTimeout(force);
  }
}

function withPatience<T>(write: () => T): T {
  const until = performance.now() + PATIENCE_MS;
  for (;;) {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 0.5);
    try {
      return write();
    } catch (error) {
      if (!isMetricsError(error, "BACKEND_BUSY") || performance.now() >= until) throw error;
    }
  }
}

/**
 * What such a thread runs and how. The program lies beside this file, as source or built; `undefined` when it does not, for
 * instance because the package was bundled into one file.
 */
export function upkeepProgram(): { readonly file: string; readonly options: WorkerOptions } | undefined {
  const asSource = import.meta.url.endsWith(".ts");
  const name = asSource ? "./upkeep-thread-entry.ts" : "./upkeep-thread-entry.js";
  const file = fileURLToPath(new URL(name, import.meta.url));
  if (!existsSync(file)) return undefined;
  // Nothing of the host's flags and variables: what they preload is not for this thread.
  const execArgv = asSource ? ["--conditions=@giflab/source"] : [];
  return { file, options: { execArgv, env: {}, stdout: true, stderr: true, resourceLimits: MOST_MEMORY } };
}
