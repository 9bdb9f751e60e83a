import { availableParallelism } from "node:os";
import { findPipeline } from "../pipeline/preset.ts";
import type { RenderedGif } from "../pipeline/render-pipeline.ts";
import { unpackError } from "./carried-error.ts";
import type { CompareJob, MetricValues, PixelAnswer, PixelRequest, RenderJob } from "./pixel-job.ts";
import { PixelSlot } from "./pixel-slot.ts";
import { type WorkerEntry, workerEntry } from "./worker-entry.ts";
import { WorkerError } from "./worker-error.ts";
import { WorkerThread } from "./worker-thread.ts";

/** A thread has the next comparison waiting while it works on one. Rendering takes long enough to wait for. */
const THREAD_LOAD = 2;
const COMPARE_WEIGHT = 1;
const RENDER_WEIGHT = 2;
/** Crashes with no answer in between after which no further thread is started. */
const MAX_CRASHES = 3;

export interface WorkerPoolOptions {
  /** Most threads at once, 1 to 256. Default: the CPUs there are for this process. */
  readonly size?: number;
  /** Another program for the threads; default: the package's own. */
  readonly entry?: WorkerEntry;
}

interface WaitingJob {
  readonly weight: number;
  /** Made when a thread takes the job: pixels wait where they are. */
  readonly request: (id: number) => { readonly request: PixelRequest; readonly transfer: readonly ArrayBuffer[] };
  readonly answered: (answer: PixelAnswer) => void;
  readonly failed: (error: unknown) => void;
}

/**
 * Threads that work on pixels and nothing else: no caches, no metrics, no files. Whoever gives them work stays the only one
 * who counts it.
 *
 * Threads start when there are jobs for them and stay; jobs begin in the order they came, each on the thread that has least
 * to do. A pool without jobs keeps no process alive.
 */
export class WorkerPool implements AsyncDisposable {
  /** Most threads at once. */
  readonly size: number;
  readonly #entry: WorkerEntry | undefined;
  readonly #threads = new Set<WorkerThread>();
  readonly #waiting: WaitingJob[] = [];
  readonly #idleSlots: PixelSlot[] = [];
  readonly #onEmpty: (() => void)[] = [];
  #lastId = 0;
  #unfinished = 0;
  #crashes = 0;
  #unavailable: WorkerError | undefined;
  #isClosed = false;

  /** @throws RangeError for a size that is none */
  constructor({ size = availableParallelism(), entry }: WorkerPoolOptions = {}) {
    if (!(Number.isInteger(size) && size >= 1 && size <= 256)) {
      throw new RangeError(`size must be a whole number of 1 to 256 threads, got ${size}`);
    }
    this.size = size;
    this.#entry = entry;
  }

  /** Threads that run now. */
  get threads(): number {
    return this.#threads.size;
  }

  /**
   * Measures two frames: their values are the ones `compareImages` gives.
   *
   * @throws RangeError when a frame's length does not fit its size; WorkerError
   */
  compare(job: CompareJob): Promise<MetricValues> {
    for (const { rgba, width, height } of [job.a, job.b]) {
      if (rgba.length === 4 * width * height && rgba.length > 0) continue;
      const text = `a frame of ${width} x ${height} has ${4 * width * height} bytes of RGBA, got ${rgba.length}`;
      return Promise.reject(new RangeError(text));
    }
    return this.#add(COMPARE_WEIGHT, (resolve, reject) => {
      let slot: PixelSlot | undefined;
      const giveBack = (): void => {
        if (slot !== undefined) this.#idleSlots.push(slot);
        slot = undefined;
      };
      return {
        request: (id) => {
          slot = this.#idleSlots.pop() ?? new PixelSlot();
          return { request: { kind: "compare", id, metrics: job.metrics, ...slot.pack(job) }, transfer: [] };
        },
        answered: (answer) => {
          giveBack();
          if (answer.kind === "values") resolve(answer.values);
          else reject(answer.kind === "failed" ? unpackError(answer.error) : unexpected(answer));
        },
        failed: (error) => {
          giveBack();
          reject(error);
        },
      };
    });
  }

  /**
   * Takes a GIF through a pipeline whose steps all work in this process. External engines do not block the main thread,
   * and a thread that is ended would leave them behind.
   *
   * @throws GifError when it cannot be decoded, RangeError for a pipeline that no preset has or that needs an external
   * engine; WorkerError
   */
  render(job: RenderJob): Promise<RenderedGif> {
    const pipeline = findPipeline(job.pipelineId);
    if (pipeline === undefined || pipeline.engines.length > 0) {
      const text = `pipelineId must be a pipeline of a preset without external engines, got "${job.pipelineId}"`;
      return Promise.reject(new RangeError(text));
    }
    return this.#add(RENDER_WEIGHT, (resolve, reject) => ({
      request: (id) => {
        // The caller keeps its bytes, and a view must not take along all the memory it is a part of.
        const bytes = new Uint8Array(job.bytes);
        return { request: { kind: "render", id, ...job, bytes }, transfer: [bytes.buffer] };
      },
      answered: (answer) => {
        if (answer.kind === "rendered") resolve(answer.rendered);
        else reject(answer.kind === "failed" ? unpackError(answer.error) : unexpected(answer));
      },
      failed: reject,
    }));
  }

  /**
   * Ends the threads: after the jobs they have, or with `abandon` at once, when unfinished jobs reject with `POOL_CLOSED`.
   * Jobs that come later reject so too. Idempotent; an abandoning close hurries a waiting one.
   */
  async close({ abandon = false }: { readonly abandon?: boolean } = {}): Promise<void> {
    this.#isClosed = true;
    if (abandon) for (const job of this.#waiting.splice(0)) job.failed(closedError());
    else if (this.#unfinished > 0) await new Promise<void>((resolve) => this.#onEmpty.push(resolve));
    await Promise.all([...this.#threads].map((thread) => thread.terminate()));
    this.#idleSlots.length = 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #add<Result>(
    weight: number,
    make: (resolve: (result: Result) => void, reject: (error: unknown) => void) => Omit<WaitingJob, "weight">,
  ): Promise<Result> {
    if (this.#isClosed) return Promise.reject(closedError());
    if (this.#unavailable !== undefined) return Promise.reject(this.#unavailable);
    const { promise, resolve, reject } = Promise.withResolvers<Result>();
    this.#unfinished++;
    const finish = (): void => {
      if (--this.#unfinished === 0) for (const tell of this.#onEmpty.splice(0)) tell();
    };
    this.#waiting.push({
      weight,
      ...make(
        (result) => {
          finish();
          resolve(result);
        },
        (error) => {
          finish();
          reject(error);
        },
      ),
    });
    this.#assign();
    return promise;
  }

  /** Gives the jobs that wait to threads that have room, as far as there are any. */
  #assign(): void {
    for (let job = this.#waiting[0]; job !== undefined; job = this.#waiting[0]) {
      const thread = this.#threadFor(job.weight);
      if (thread === undefined) return;
      this.#waiting.shift();
      this.#give(job, thread);
    }
  }

  #give(job: WaitingJob, thread: WorkerThread): void {
    const { request, transfer } = job.request(++this.#lastId);
    thread.give(request, transfer, {
      weight: job.weight,
      answered: (answer) => {
        this.#crashes = 0;
        job.answered(answer);
      },
      lost: (error) => job.failed(this.#isClosed ? closedError() : error),
    });
  }

  /** The thread with the least to do, a new one where all are busy and there may be more; none when there is no room. */
  #threadFor(weight: number): WorkerThread | undefined {
    let least: WorkerThread | undefined;
    for (const thread of this.#threads) if (least === undefined || thread.load < least.load) least = thread;
    if (least !== undefined && least.load === 0) return least;
    if (this.#threads.size < this.size) return this.#start();
    return least !== undefined && least.load + weight <= THREAD_LOAD ? least : undefined;
  }

  #start(): WorkerThread | undefined {
    try {
      const thread = new WorkerThread(this.#entry ?? workerEntry(), {
        answered: () => this.#assign(),
        ended: (ended) => this.#ended(ended),
      });
      this.#threads.add(thread);
      return thread;
    } catch (error) {
      this.#giveUp(`no worker thread can be started: ${(error as Error).message}`, error);
      return undefined;
    }
  }

  #ended(thread: WorkerThread): void {
    this.#threads.delete(thread);
    if (this.#isClosed && this.#waiting.length === 0) return;
    this.#crashes++;
    if (this.#crashes >= MAX_CRASHES) this.#giveUp(`${this.#crashes} worker threads in a row ended without an answer`);
    else this.#assign();
  }

  #giveUp(message: string, cause?: unknown): void {
    this.#unavailable = new WorkerError("WORKERS_UNAVAILABLE", `${message}; work in the main thread instead`, {
      cause,
    });
    for (const job of this.#waiting.splice(0)) job.failed(this.#unavailable);
  }
}

function closedError(): WorkerError {
  return new WorkerError("POOL_CLOSED", "the worker pool was closed before this was done: open another one");
}

function unexpected(answer: PixelAnswer): Error {
  return new Error(`a worker thread answered ${answer.kind} to another question`);
}
