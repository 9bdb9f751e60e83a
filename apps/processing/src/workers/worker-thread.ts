import { Worker } from "node:worker_threads";
import type { PixelAnswer, PixelRequest } from "./pixel-job.ts";
import type { WorkerEntry } from "./worker-entry.ts";
import { WorkerError } from "./worker-error.ts";

/** A job that a thread was given. */
export interface GivenJob {
  /** Share of the thread that it takes up: see `WorkerThread.load`. */
  readonly weight: number;
  answered(answer: PixelAnswer): void;
  /** The thread ended, or cannot take the job. */
  lost(error: unknown): void;
}

/** Told what happens to a thread. */
export interface ThreadEvents {
  /** An answer came, whatever it says. */
  answered(): void;
  /** The thread is gone; its jobs have been told. */
  ended(thread: WorkerThread): void;
}

/** One worker thread and the jobs it has. Keeps the process alive only while it has some. */
export class WorkerThread {
  readonly #worker: Worker;
  readonly #events: ThreadEvents;
  readonly #jobs = new Map<number, GivenJob>();
  #load = 0;
  #failure: unknown;

  /** @throws the system's error when no thread can be started */
  constructor({ url, execArgv }: WorkerEntry, events: ThreadEvents) {
    this.#events = events;
    // What is loaded before the program (instrumentation, say) is for the main thread: it has the caches and the metrics.
    const { NODE_OPTIONS: _, ...env } = process.env;
    this.#worker = new Worker(url, { name: "giflab pixels", execArgv: [...execArgv], env });
    this.#worker.unref();
    this.#worker.on("message", (answer: PixelAnswer) => this.#answered(answer));
    this.#worker.on("error", (error: unknown) => {
      this.#failure = error;
    });
    this.#worker.on("messageerror", (error) => {
      this.#failure = error;
      void this.#worker.terminate();
    });
    this.#worker.on("exit", (code) => this.#ended(code));
  }

  /** Sum of the weights of its jobs. */
  get load(): number {
    return this.#load;
  }

  give(request: PixelRequest, transfer: readonly ArrayBuffer[], job: GivenJob): void {
    try {
      this.#worker.postMessage(request, transfer);
    } catch (error) {
      job.lost(error);
      return;
    }
    if (this.#jobs.size === 0) this.#worker.ref();
    this.#jobs.set(request.id, job);
    this.#load += job.weight;
  }

  /** Ends the thread; jobs it still has are lost. */
  async terminate(): Promise<void> {
    await this.#worker.terminate();
  }

  #answered(answer: PixelAnswer): void {
    const job = this.#jobs.get(answer.id);
    if (job === undefined) return;
    this.#jobs.delete(answer.id);
    this.#load -= job.weight;
    if (this.#jobs.size === 0) this.#worker.unref();
    job.answered(answer);
    this.#events.answered();
  }

  #ended(exitCode: number): void {
    const { message } = (this.#failure ?? { message: `exit code ${exitCode}` }) as { readonly message: string };
    const jobs = [...this.#jobs.values()];
    this.#jobs.clear();
    this.#load = 0;
    for (const job of jobs) {
      const text = `the thread that worked on this ended (${message}); another one takes the next job`;
      job.lost(new WorkerError("WORKER_CRASHED", text, { cause: this.#failure }));
    }
    this.#events.ended(this);
  }
}
