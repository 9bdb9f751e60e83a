import { on } from "node:events";
import { setTimeout } from "node:timers/promises";
import { getEnvironmentData, Worker } from "node:worker_threads";
import { onTestFinished } from "vitest";
import {
  type CollectorOptions,
  getMetricsCollector,
  ManualClock,
  MemoryBackend,
  type MetricSummary,
  MetricsCollector,
  setMetricsCollector,
} from "../../src/index.ts";
import { SharedHeap } from "../../src/threads/shared-heap.ts";

const program = new URL("../fixtures/recording-worker.ts", import.meta.url);

interface MonitoredMain {
  readonly clock: ManualClock;
  readonly memory: MemoryBackend;
  readonly collector: MetricsCollector;
  readonly warnings: string[];
  /** Flushes, and gives what is stored then. */
  readonly summaries: () => Promise<readonly MetricSummary[]>;
}

/** What is heard of each worker. */
const lives = new WeakMap<Worker, { readonly messages: AsyncIterator<unknown[]>; readonly end: Promise<number> }>();

/** A process-wide collector with a backend, as a main thread has it that runs monitoring. */
export function monitoredMain(options: CollectorOptions = {}): MonitoredMain {
  const clock = new ManualClock();
  const memory = new MemoryBackend();
  const warnings: string[] = [];
  const collector = new MetricsCollector({
    clock,
    backends: [memory],
    service: "test",
    handleSignals: false,
    onWarning: (message) => warnings.push(message),
    ...options,
  });
  setMetricsCollector(collector);
  onTestFinished(async () => {
    await collector.close();
    if (getMetricsCollector() === collector) setMetricsCollector(undefined);
  });
  const summaries = async (): Promise<readonly MetricSummary[]> => {
    clock.advance(1);
    await collector.flush();
    return memory.summaries({ from: 0, to: clock.now() });
  };
  return { clock, memory, collector, warnings, summaries };
}

/** Two numbers per worker, one for those that have stopped, and one that tells them to. */
export function witnessOf(workers: number): Int32Array {
  return new Int32Array(new SharedArrayBuffer((2 * workers + 2) * 4));
}

interface Work {
  readonly worker?: number;
  readonly witness?: Int32Array;
  readonly amount?: number;
  /** Another copy of the fixture. */
  readonly program?: URL;
}

/** Starts a worker thread that records in one of the ways of the fixture. */
export function startWorker(way: string, work: Work = {}): Worker {
  const { worker = 0, witness = witnessOf(worker + 1), amount = 2 ** 31 - 1 } = work;
  const started = new Worker(work.program ?? program, { workerData: { way, worker, witness, amount } });
  // From the first moment: its last message and its end may come in one turn.
  const messages = on(started, "message");
  const end = new Promise<number>((resolve) => started.once("exit", resolve));
  lives.set(started, { messages, end });
  onTestFinished(async () => void (await started.terminate()));
  return started;
}

/** Resolves to what the worker says next. */
export async function said(worker: Worker): Promise<unknown> {
  const { value } = await lives.get(worker)!.messages.next();
  return value[0];
}

/** Resolves when a worker has ended by itself; to its exit code. */
export function ended(worker: Worker): Promise<number> {
  return lives.get(worker)!.end;
}

/** Resolves once each worker has finished as many records. */
export async function finished(witness: Int32Array, workers: number, atLeast: number): Promise<void> {
  const enough = (): boolean =>
    Array.from({ length: workers }, (_, worker) => Atomics.load(witness, 2 * worker + 1)).every((n) => n >= atLeast);
  while (!enough()) await setTimeout(2);
}

/** The memory that threads share, as new ones are offered it. */
export function sharedHeap(): SharedHeap {
  const offer = getEnvironmentData("giflab.metrics/1") as unknown as { readonly buffer: SharedArrayBuffer };
  const heap = SharedHeap.attach(offer.buffer);
  if (heap === undefined) throw new Error("no memory is offered to threads");
  return heap;
}
