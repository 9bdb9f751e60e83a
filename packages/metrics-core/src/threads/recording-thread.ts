import { SLAB_COUNTS } from "../distribution-cells.ts";
import type { RecordedMetricDefinition } from "../metric-definition.ts";
import type { ProblemLog } from "../problem-log.ts";
import type { SeriesRegistry } from "../series-registry.ts";
import { PAGE_BYTES, type SharedHeap } from "./shared-heap.ts";
import { SharedLogReader } from "./shared-log.ts";
import type { ThreadContributions } from "./thread-contributions.ts";
import type { ThreadHome } from "./thread-home.ts";
import { readRecord, type ThreadRecord } from "./thread-record.ts";

interface Recipient {
  readonly registry: SeriesRegistry;
  readonly contributions: ThreadContributions;
  readonly problems: ProblemLog;
}

interface Page {
  /** Byte offset at which it begins. */
  readonly from: number;
  readonly doubles: Float64Array;
  readonly words: Uint32Array;
}

/** A worker thread as its collector sees it: follows its log and lets its cells count. */
export class RecordingThread {
  readonly home: ThreadHome;
  readonly #buffer: SharedArrayBuffer;
  readonly #to: Recipient;
  readonly #log: SharedLogReader;
  readonly #definitions = new Map<string, RecordedMetricDefinition>();
  readonly #slabs: Uint32Array[] = [];
  /** Read and not taken over yet. */
  readonly #lines: string[] = [];
  readonly #pages = new Map<number, Page>();
  #ends: (() => void)[] = [];

  constructor(heap: SharedHeap, home: ThreadHome, to: Recipient) {
    this.home = home;
    this.#buffer = heap.buffer;
    this.#to = to;
    this.#log = new SharedLogReader(heap.buffer, home.logOffset);
  }

  /**
   * Takes over what the thread has said about its cells: at most so many lines, some microseconds each. Returns whether there are
   * more.
   */
  follow(atMost: number = Number.POSITIVE_INFINITY): boolean {
    for (const line of this.#log.read()) this.#lines.push(line);
    const due = this.#lines.splice(0, atMost);
    for (const line of due) {
      try {
        this.#take(readRecord(line));
      } catch (error) {
        this.#to.problems.error("worker_thread", error);
      }
    }
    return this.#lines.length > 0;
  }

  /** Keeps what it has recorded and lets go of its cells. */
  end(): void {
    for (const end of this.#ends) end();
    this.#ends = [];
  }

  #take(record: ThreadRecord): void {
    const { registry, contributions } = this.#to;
    switch (record[0]) {
      case "define": {
        const [, name, definition] = record;
        // The first of a metric comes with its first series, and is checked there.
        if (this.#definitions.has(name)) registry.define({ [name]: definition });
        this.#definitions.set(name, definition);
        break;
      }
      case "derive": {
        const { name, ...definition } = record[1];
        registry.define({ [name]: definition });
        break;
      }
      case "slab":
        this.#slabs.push(new Uint32Array(this.#buffer, record[1], SLAB_COUNTS));
        break;
      case "warn":
        this.#to.problems.passOn(record[1]);
        break;
      case "scalar": {
        const [, name, tags, cell] = record;
        const series = registry.adopt(name, this.#definition(name), tags);
        if (series === undefined || !("chunk" in series)) break;
        const { doubles: chunk, from } = this.#page(cell);
        this.#ends.push(contributions.addScalar(series, { chunk, slot: (cell - from) / 8 }));
        break;
      }
      case "distribution": {
        const [, name, tags, headerOffset, directoryOffset] = record;
        const series = registry.adopt(name, this.#definition(name), tags);
        if (series === undefined || "chunk" in series) break;
        const [headers, directories] = [this.#page(headerOffset), this.#page(directoryOffset)];
        const cell = {
          header: headers.doubles,
          at: (headerOffset - headers.from) / 8,
          directory: directories.words,
          directoryAt: (directoryOffset - directories.from) / 4,
        };
        this.#ends.push(contributions.addDistribution(series, { cell, slabs: this.#slabs }));
        break;
      }
    }
  }

  /** The page that holds a position: cells share its two views, as a view takes more memory than a cell. */
  #page(byteOffset: number): Page {
    const from = byteOffset - (byteOffset % PAGE_BYTES);
    let page = this.#pages.get(from);
    if (page === undefined) {
      const doubles = new Float64Array(this.#buffer, from, PAGE_BYTES / 8);
      page = { from, doubles, words: new Uint32Array(this.#buffer, from, PAGE_BYTES / 4) };
      this.#pages.set(from, page);
    }
    return page;
  }

  #definition(name: string): RecordedMetricDefinition {
    const definition = this.#definitions.get(name);
    if (definition === undefined) throw new Error(`${name} has no definition`);
    return definition;
  }
}
