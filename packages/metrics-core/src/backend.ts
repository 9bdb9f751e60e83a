import type {
  MetricPoint,
  MetricSeries,
  MetricSummary,
  PointsQuery,
  ReaderStats,
  SeriesQuery,
  StoreStats,
  SummaryQuery,
} from "./query.ts";
import type { MetricSnapshot } from "./snapshot.ts";

/** The collector that a backend was added to, as that backend sees it. */
export interface SnapshotSource {
  /**
   * Takes a snapshot for this backend alone and writes it, now: other backends lose nothing of it, as each has its own place in
   * the data. Resolves when the backend has accepted all that waited for it, or refused it. Never rejects. Takes nothing more
   * once the collector is closed.
   */
  deliver(): Promise<void>;
  /**
   * Counts points of an accepted snapshot that the backend could not pass on, in `giflab.monitoring.dropped`, and says why
   * once per backend: a line too long for a datagram, rows that a server refused while it took the others. For a whole
   * snapshot throw `REJECTED`. Never throws.
   */
  dropped(points: number, why: string): void;
}

/**
 * Where snapshots go. The duties of an implementation:
 *
 * 1. `write` gets the snapshots of one instance in order of `sequence`, one at a time: the next only after the previous
 *    was accepted. Accepting is returning (or resolving); refusing is throwing (or rejecting).
 * 2. A refused snapshot stays at the head of the queue and is offered again later, with a growing, jittered pause. So a
 *    write must be idempotent: one that was stored but not acknowledged comes again with the same sequence number.
 * 3. An error with code `REJECTED` says that the snapshot can never be accepted: it is dropped and counted.
 *    `BACKEND_BUSY` is retried soon (tens of milliseconds).
 * 4. `write` never blocks the event loop on somebody else's lock or on the network.
 * 5. Points may be of series or definitions it has not seen before; everything needed is in the snapshot.
 * 6. `close` delivers what the backend itself has buffered, and is idempotent.
 * 7. Its connections and timers do not keep the process alive (`unref`), not even while a write is under way: the collector
 *    holds a process for as long as it may be held, which at its end is one second.
 */
export interface MetricsBackend {
  /**
   * Called once, when a collector takes the backend on: for one that is asked for its figures at any time, such as by a
   * scrape, and shows the present instead of the last flush; and for one that loses part of what it accepts. What it throws
   * is counted; the backend is used all the same.
   */
  attach?(source: SnapshotSource): void;
  /** Short name for messages and for the `backend` tag of self-metrics, such as `sqlite`. */
  readonly name: string;
  write(snapshot: MetricSnapshot): void | Promise<void>;
  /**
   * The same without returning to the event loop, for exit and signals. A backend that can only write asynchronously does
   * not have it, and loses what was not flushed when the process ends through `process.exit()`.
   */
  writeSync?(snapshot: MetricSnapshot): void;
  /** Sends what is buffered inside the backend. */
  flush?(): Promise<void>;
  /** Releases what the backend holds, synchronously, at process exit. */
  closeSync?(): void;
  close(): Promise<void>;
}

/**
 * Answers queries over what instances recorded. All times are epoch seconds, all windows `(from, to]`.
 * Rejects with `INVALID_QUERY` for windows or steps that make no sense, with the store's own codes otherwise.
 */
export interface MetricsReader {
  /** One entry per series (name and tag set) merged over instances, plus derived metrics; sorted by name, then tags. */
  summaries(query: SummaryQuery): Promise<readonly MetricSummary[]>;
  /** The same series as values over time steps; derived metrics too. */
  series(query: SeriesQuery): Promise<readonly MetricSeries[]>;
  /** Every stored point in time order; a stream of any length in constant memory. */
  points(query: PointsQuery): AsyncIterable<MetricPoint>;
  stats(): Promise<ReaderStats>;
  close(): Promise<void>;
}

/** A reader that also owns its data. */
export interface MetricsStore extends MetricsReader {
  stats(): Promise<StoreStats>;
  /** Deletes all recorded metrics; keeps alert rules and alert state. */
  clear(): Promise<void>;
  /** Deletes what ended at or before `before` (epoch seconds). Returns how many snapshots went. */
  prune(options: { readonly before: number }): Promise<number>;
}

/** A stored state document with the version that a change must name. */
export interface StateEntry {
  readonly key: string;
  /** JSON text. */
  readonly value: string;
  /** Grows by one with every change of this key. */
  readonly version: number;
}

/**
 * Small documents beside the metrics: alert rules, transitions, silences, leases. Several processes change them at once,
 * so every change names the version it has read.
 */
export interface StateStore {
  get(key: string): Promise<StateEntry | undefined>;
  /**
   * Sets `key` to `value` (`undefined` deletes) if its version is still `expectedVersion` (0: the key must not exist).
   * Resolves to the new entry's version, or `undefined` if somebody else was faster. Deleting resolves to 0.
   */
  compareAndSet(key: string, expectedVersion: number, value: string | undefined): Promise<number | undefined>;
  /** Entries whose key begins with `prefix`, sorted by key. */
  list(prefix: string): Promise<readonly StateEntry[]>;
}
