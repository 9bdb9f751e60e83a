import { DIRECTORY_ENTRIES, HEADER_CELLS, SLAB_COUNTS } from "../distribution-cells.ts";
import type { RecordedMetricDefinition } from "../metric-definition.ts";
import type { ProblemLog } from "../problem-log.ts";
import type { SeriesRegistry } from "../series-registry.ts";
import type { SharedHeap } from "./shared-heap.ts";
import { SharedLogReader } from "./shared-log.ts";
import type { ThreadContributions } from "./thread-contributions.ts";
import type { ThreadHome } from "./thread-home.ts";
import { readRecord, type ThreadRecord } from "./thread-record.ts";

interface Recipient {
  readonly registry: SeriesRegistry;
  readonly contributions: ThreadContributions;
  readonly problems: ProblemLog;
}

/** A worker thread as its collector sees it: follows its log and lets its cells count. */
export class RecordingThread {
  readonly home: ThreadHome;
  readonly #buffer: SharedArrayBuffer;
  readonly #to: Recipient;
  readonly #log: SharedLogReader;
  readonly #definitions = new Map<string, RecordedMetricDefinition>();
  readonly #slabs: Uint32Array[] = [];
  #ends: (() => void)[] = [];

  constructor(heap: SharedHeap, home: ThreadHome, to: Recipient) {
    this.home = home;
    this.#buffer = heap.buffer;
    this.#to = to;
    this.#log = new SharedLogReader(heap.buffer, home.logOffset);
  }

  /** Takes over what the thread has said about its cells since the last call. */
  follow(): void {
    for (const line of this.#log.read()) {
      try {
        this.#take(readRecord(line));
      } catch (error) {
        this.#to.problems.error("worker_thread", error);
      }
    }
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
        this.#ends.push(contributions.addScalar(series, { chunk: new Float64Array(this.#buffer, cell, 1), slot: 0 }));
        break;
      }
      case "distribution": {
        const [, name, tags, headerOffset, directoryOffset] = record;
        const series = registry.adopt(name, this.#definition(name), tags);
        if (series === undefined || "chunk" in series) break;
        const header = new Float64Array(this.#buffer, headerOffset, HEADER_CELLS);
        const directory = new Uint32Array(this.#buffer, directoryOffset, DIRECTORY_ENTRIES);
        const cell = { header, at: 0, directory, directoryAt: 0 };
        this.#ends.push(contributions.addDistribution(series, { cell, slabs: this.#slabs }));
        break;
      }
    }
  }

  #definition(name: string): RecordedMetricDefinition {
    const definition = this.#definitions.get(name);
    if (definition === undefined) throw new Error(`${name} has no definition`);
    return definition;
  }
}
