import { threadId } from "node:worker_threads";
import type { CellAllocator } from "../cell-allocator.ts";
import type { NamedDefinition, RecordedMetricDefinition } from "../metric-definition.ts";
import type { RecordedSeries } from "../recorded-series.ts";
import type { SeriesAnnouncer } from "../series-announcer.ts";
import type { SharedHeap } from "./shared-heap.ts";
import { SharedLogWriter } from "./shared-log.ts";
import { onThreadEnd } from "./thread-ends.ts";
import { markGone, ThreadHome } from "./thread-home.ts";
import { ThreadMemory } from "./thread-memory.ts";
import { foundOffer, type InheritedOptions, offerThreads } from "./thread-offer.ts";
import { type ThreadRecord, writeRecord } from "./thread-record.ts";

const MAX_WARNING = 2000;

/**
 * A worker thread's end of the shared memory. What it records lies there from the first moment, and what its cells mean is
 * written beside them before a handle is given out, so the collector misses nothing however the thread ends.
 */
export class ThreadLink implements SeriesAnnouncer {
  readonly cells: CellAllocator;
  /** Of the collector above, when this thread was started. */
  readonly options: InheritedOptions;
  readonly #home: ThreadHome;
  readonly #buffer: SharedArrayBuffer;
  readonly #log: SharedLogWriter;
  readonly #defined = new Map<string, RecordedMetricDefinition>();

  private constructor(heap: SharedHeap, home: ThreadHome, options: InheritedOptions) {
    const memory = new ThreadMemory(heap, home);
    this.cells = memory;
    this.options = options;
    this.#home = home;
    this.#buffer = heap.buffer;
    this.#log = new SharedLogWriter(heap.buffer, home.logOffset, home.logBytes, (bytes) =>
      memory.allocateShared(bytes),
    );
  }

  /**
   * Joins the nearest thread above this one that runs monitoring and started it afterwards. `undefined` when there is none,
   * or no shared memory left.
   */
  static join(): ThreadLink | undefined {
    const found = foundOffer();
    if (found === undefined) return undefined;
    const { heap, offer } = found;
    const home = ThreadHome.claim(heap, threadId, offer.parentThread);
    if (home === undefined) return undefined;
    offerThreads(heap, offer.collectorThread, offer.options);
    reportEnds(heap);
    return new ThreadLink(heap, home, offer.options);
  }

  definition(name: string, definition: RecordedMetricDefinition): void {
    if (this.#defined.has(name)) this.#define(name, definition);
  }

  derived(definition: NamedDefinition): void {
    this.#append(["derive", definition]);
  }

  slab(counts: Uint32Array): void {
    this.#append(["slab", this.#offset(counts)]);
  }

  series(series: RecordedSeries): void {
    const { name, tags, definition } = series.descriptor;
    if (this.#defined.get(name) !== definition) this.#define(name, definition);
    if ("chunk" in series) {
      this.#append(["scalar", name, tags, this.#offset(series.chunk) + series.slot * 8]);
    } else {
      const { header, at, directory, directoryAt } = series.cell;
      const [headers, directories] = [this.#offset(header), this.#offset(directory)];
      this.#append(["distribution", name, tags, headers + at * 8, directories + directoryAt * 4]);
    }
  }

  /** Leaves it to the collector to say something, so that a pool of threads says it once. */
  readonly warn = (message: string): void => {
    this.#log.append(writeRecord(["warn", message.slice(0, MAX_WARNING)]));
  };

  /** Says that this thread records no more. */
  close(): void {
    this.#home.state = "closed";
  }

  #define(name: string, definition: RecordedMetricDefinition): void {
    this.#append(["define", name, definition]);
    this.#defined.set(name, definition);
  }

  #append(record: ThreadRecord): void {
    if (!this.#log.append(writeRecord(record))) throw new Error(FULL);
  }

  #offset(cells: Float64Array | Uint32Array): number {
    if (cells.buffer !== this.#buffer) throw new Error(FULL);
    return cells.byteOffset;
  }
}

const reporting = new WeakSet<SharedArrayBuffer>();

/** The collector hears only of the end of threads that its own thread has started; this tells it of those started here. */
function reportEnds(heap: SharedHeap): void {
  if (reporting.has(heap.buffer)) return;
  reporting.add(heap.buffer);
  onThreadEnd((thread) => markGone(heap, thread));
}

const FULL = "the memory that worker threads share with their main thread is full: what else they record is lost";
