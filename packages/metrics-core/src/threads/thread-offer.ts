import { getEnvironmentData, isMainThread, setEnvironmentData, threadId } from "node:worker_threads";
import type { CollectorOptions } from "../collector-options.ts";
import { SharedHeap } from "./shared-heap.ts";

/** Options that a thread takes over from the collector that it joins. */
export type InheritedOptions = Pick<
  CollectorOptions,
  "enabled" | "flushIntervalSeconds" | "maxSeriesPerMetric" | "samplingRate"
>;

/** What new worker threads find in their environment data: where to record, and by whom it is collected. */
interface ThreadOffer {
  readonly buffer: SharedArrayBuffer;
  readonly collectorThread: number;
  /** The nearest thread above the new one that collects or has joined. */
  readonly parentThread: number;
  readonly options: InheritedOptions;
}

const KEY = "giflab.metrics/1";

/** Offers memory to the worker threads that this thread starts from now on, and to those that they start. */
export function offerThreads(heap: SharedHeap, collectorThread: number, from: InheritedOptions): void {
  const { enabled, flushIntervalSeconds, maxSeriesPerMetric, samplingRate } = from;
  // Nothing else of a collector's options could be copied into another thread.
  const options = { enabled, flushIntervalSeconds, maxSeriesPerMetric, samplingRate };
  const offer: ThreadOffer = { buffer: heap.buffer, collectorThread, parentThread: threadId, options };
  setEnvironmentData(KEY, offer);
}

/** Takes the offer of this memory back; threads that have it already see that by the state of the memory. */
export function withdrawOffer(heap: SharedHeap): void {
  if (isOffered(heap)) setEnvironmentData(KEY, undefined);
}

/** Whether it is this memory that new threads are offered. */
export function isOffered(heap: SharedHeap): boolean {
  return currentOffer()?.buffer === heap.buffer;
}

/** What this thread was offered by one above it that still collects, if there is one. */
export function foundOffer(): { readonly heap: SharedHeap; readonly offer: ThreadOffer } | undefined {
  if (isMainThread) return undefined;
  const offer = currentOffer();
  if (offer === undefined || offer.collectorThread === threadId) return undefined;
  const heap = SharedHeap.attach(offer.buffer);
  return heap === undefined || heap.closed ? undefined : { heap, offer };
}

function currentOffer(): ThreadOffer | undefined {
  return getEnvironmentData(KEY) as unknown as ThreadOffer | undefined;
}
