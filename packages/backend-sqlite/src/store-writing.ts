import { type MetricSnapshot, MetricsError } from "@giflab/metrics-core";
import { type BackgroundCheckpoint, checkpointInBackground } from "./background-checkpoint.ts";
import { retryBusyAtExit, retryWhileBusy } from "./busy-retry.ts";
import type { Connection } from "./connection.ts";
import { deleteRecorded, deleteSome, lastCleanup, makeRoom, vacuumSome } from "./maintenance.ts";
import { openWriter, type StoreWriter, setDamagedAside } from "./open-writer.ts";
import { SEEN_SECONDS } from "./series-ids.ts";
import { SnapshotWriter } from "./snapshot-writer.ts";
import { asMetricsError, isMoved } from "./sqlite-error.ts";
import type { SqliteSettings } from "./sqlite-options.ts";
import type { Stepwise } from "./stepwise.ts";
import { fileIdentity, logBytes, storeBytes } from "./store-file.ts";
import { applySizeCap, checkpointBytes, maxBytes, type StoreLimits, walLimit } from "./store-limits.ts";
import { Upkeep } from "./upkeep.ts";
import type { UpkeepOutcome } from "./upkeep-order.ts";
import { UpkeepThread } from "./upkeep-thread.ts";

/** Maintenance runs a slice after this many snapshots. */
const MAINTAIN_EVERY = 30;
/** It also runs with each opening, but not again for programs that are started every few seconds. */
const MAINTAIN_PAUSE_SECONDS = 60;
/** Damage, a moved file and a full store are each seen to once per snapshot. */
const REPAIRS = 3;
const PAUSE_MS = 8;
const SHORT_LOG_BYTES = 2 ** 20;
/** A slice of upkeep ends after about this, so that the event loop stays free. */
const SLICE_MS = 3;
/** A process that has run for so long is none that ends in a moment, and has a thread do what is due. */
const THREAD_AFTER_MS = 2000;
/** What a program that ends may spend on upkeep that is due. */
const CLOSING_MS = 100;

/** The side of a store that changes it: the connection, what goes through it, and its upkeep. */
export class StoreWriting {
  readonly #settings: SqliteSettings;
  readonly #snapshots = new SnapshotWriter();
  #writer: StoreWriter | undefined;
  #sinceMaintenance = 0;
  #seenAt = Number.NaN;
  #due = false;
  #soon: NodeJS.Immediate | undefined;
  #checkpoint: BackgroundCheckpoint | undefined;
  readonly #upkeep = new Upkeep();
  #thread: UpkeepThread | undefined;
  /** Whether a thread may do upkeep; false once one could not work here. */
  #threads: boolean;
  #logAwaited = false;
  /** How many wait for `maintain`: it is done here then. */
  #asked = 0;
  #job: { readonly connection: Connection; readonly steps: Stepwise<boolean> } | undefined;
  #closed = false;

  constructor(settings: SqliteSettings) {
    this.#settings = settings;
    this.#threads = settings.upkeep === "thread";
  }

  /** Opens the file, or makes it. */
  open(): void {
    this.#guarded(() => this.#open());
  }

  /** Stores a snapshot; upkeep that is due follows when the event loop has turned. */
  write(snapshot: MetricSnapshot): void {
    this.#store(snapshot);
    if (++this.#sinceMaintenance >= MAINTAIN_EVERY) this.#due = true;
    if (this.#due) this.#maintainSoon();
    this.#keepLogShort();
  }

  /** Stores a snapshot and nothing else; waits a little for a lock, for it may be the last chance. */
  writeSync(snapshot: MetricSnapshot): void {
    retryBusyAtExit(() => this.#store(snapshot));
  }

  /** Runs a change that somebody asked for; waits for locks without blocking the event loop. */
  change<T>(work: (connection: Connection) => T): Promise<T> {
    return retryWhileBusy(() => this.#guarded(() => work(this.#open().connection)));
  }

  /** Deletes what ended at or before `before`, in steps, and returns the space. Returns how many rows went. */
  async prune(before: number): Promise<number> {
    let gone = 0;
    for (;;) {
      const { rows, done } = await this.change((connection) => deleteSome(connection, before));
      gone += rows;
      if (done) break;
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
    await this.#shrink();
    return gone;
  }

  /** Does all upkeep that is due, however long it takes, in slices between which the event loop turns. */
  async maintain(): Promise<void> {
    await this.#thread?.stopped();
    this.#asked++;
    try {
      await this.#maintainAll();
    } finally {
      this.#asked--;
    }
  }

  /** Deletes everything recorded and returns the space. */
  async clear(): Promise<void> {
    // Most of it goes in steps; then little is left for the one transaction that also forgets the series.
    await this.prune(Number.MAX_VALUE);
    await this.change((connection) => deleteRecorded(connection, this.#settings.clock.now()));
    await this.#shrink();
  }

  /** Does some upkeep that has not come to its turn, so that systems of short-lived commands are kept too. */
  async close(): Promise<void> {
    const until = performance.now() + CLOSING_MS;
    while (!this.#closed && this.#due && this.#writer !== undefined && performance.now() < until) {
      this.#maintain();
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
    const thread = this.#thread;
    this.closeSync();
    await thread?.stopped();
    await this.#settled();
  }

  closeSync(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#soon !== undefined) clearImmediate(this.#soon);
    this.#thread?.stop();
    this.#drop();
  }

  #store(snapshot: MetricSnapshot): void {
    for (let repairs = 0; ; repairs++) {
      const identity = this.#writer?.connection.identity;
      try {
        const write = (): void => this.#guarded(() => this.#snapshots.write(this.#open().connection, snapshot));
        if (this.#thread === undefined) write();
        else this.#thread.besides(write);
        return;
      } catch (cause) {
        const error = cause as MetricsError;
        if (repairs === REPAIRS || !this.#repair(error, identity)) throw error;
      }
    }
  }

  /** Whether it is worth trying again after `error`. */
  #repair(error: MetricsError, identity: string | undefined): boolean {
    if (isMoved(error.cause)) return true;
    if (error.code === "STORE_CORRUPT") return setDamagedAside(this.#settings, identity, error);
    if (error.code !== "BACKEND_FULL" || this.#writer === undefined) return false;
    const writer = this.#writer;
    try {
      return this.#guarded(() => makeRoom(writer));
    } catch {
      return false;
    }
  }

  /** The connection; opened anew when somebody has removed or replaced the file. */
  #open(): StoreWriter {
    const { dbPath, clock } = this.#settings;
    if (this.#closed) throw new MetricsError("CLOSED", `the store ${dbPath} is closed`);
    if (this.#writer !== undefined && this.#writer.connection.identity === fileIdentity(dbPath)) return this.#writer;
    this.#drop();
    this.#writer = openWriter(this.#settings);
    const cleaned = lastCleanup(this.#writer.connection) ?? Number.NEGATIVE_INFINITY;
    this.#due = Math.abs(clock.now() - cleaned) >= MAINTAIN_PAUSE_SECONDS;
    this.#seenAt = clock.now();
    return this.#writer;
  }

  #drop(): void {
    this.#snapshots.reset();
    this.#upkeep.reset();
    this.#breakOff();
    this.#writer?.connection.close();
    this.#writer = undefined;
  }

  /** Ends a job that is under way. */
  #breakOff(): void {
    this.#job?.steps.return(false);
    this.#job = undefined;
  }

  /** Errors of this package only. After most of them the connection is of no use: the next write opens the file again. */
  #guarded<T>(work: () => T): T {
    try {
      return work();
    } catch (cause) {
      const error = asMetricsError(cause, this.#settings.dbPath);
      const usable = error.cause === undefined || error.code === "BACKEND_BUSY" || error.code === "BACKEND_FULL";
      if (!usable && error.code !== "REJECTED") this.#drop();
      throw error;
    }
  }

  async #maintainAll(): Promise<void> {
    this.#breakOff();
    for (;;) {
      const more = await this.change(() => {
        const writer = this.#open();
        const due = this.#slice(writer, this.#settings.clock.now());
        if (!due) applySizeCap(writer.connection, writer.limits);
        return due;
      });
      if (!more) break;
      await this.#settled();
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
    this.#due = false;
    await this.#settled();
    await this.#returnSpace();
  }

  #maintainSoon(): void {
    this.#soon ??= setImmediate(() => {
      this.#soon = undefined;
      if (!this.#closed && this.#due) this.#maintain();
      if (!this.#closed && this.#due) setTimeout(() => this.#maintainSoon(), PAUSE_MS).unref();
    });
  }

  /** One slice. A busy store is left for the next time. */
  #maintain(): void {
    this.#sinceMaintenance = 0;
    const now = this.#settings.clock.now();
    this.#due = false;
    if (this.#thread !== undefined) return;
    try {
      this.#guarded(() => {
        const writer = this.#open();
        const { connection, limits } = writer;
        if (now - this.#seenAt >= SEEN_SECONDS) {
          connection.immediate(() => this.#snapshots.markSeen(connection, now));
          this.#seenAt = now;
        }
        this.#due = !this.#maintainInThread(writer, now) && this.#slice(writer, now);
        // A file that was larger than its cap can be held to it once it has shrunk.
        if (!this.#due) applySizeCap(connection, limits);
      });
      this.#keepLogShort();
    } catch (error) {
      this.#job = undefined;
      const { code, message } = error as MetricsError;
      if (code !== "BACKEND_BUSY") this.#settings.onWarning(`cleaning up failed: ${message}`);
    }
  }

  /** Returns false when there is too little to do for a thread, or there can be none, or the process may end in a moment. */
  #maintainInThread(writer: StoreWriter, now: number): boolean {
    if (!this.#threads || this.#asked > 0 || performance.now() < THREAD_AFTER_MS || !this.#upkeep.due(writer, now))
      return false;
    const { path: dbPath, identity } = writer.connection;
    const thread = UpkeepThread.start({ dbPath, identity, epochSeconds: now });
    if (thread === undefined) {
      this.#threads = false;
      return false;
    }
    this.#breakOff();
    this.#thread = thread;
    void thread.done.then((outcome) => this.#threadEnded(outcome));
    return true;
  }

  #threadEnded(outcome: UpkeepOutcome | undefined): void {
    this.#thread = undefined;
    if (this.#closed) return;
    if (outcome === undefined) {
      this.#threads = false;
      this.#due = true;
      this.#maintainSoon();
    } else if (outcome.kind === "failed" && outcome.code !== "BACKEND_BUSY") {
      this.#settings.onWarning(`cleaning up failed: ${outcome.message}`);
    }
  }

  /** Some steps of the job under way, or of a new one. Returns whether there is more. */
  #slice(writer: StoreWriter, now: number): boolean {
    const { connection, limits } = writer;
    if (this.#job?.connection !== connection) this.#job = { connection, steps: this.#upkeep.run(writer, now) };
    const { steps } = this.#job;
    const until = performance.now() + SLICE_MS;
    // What is changed fills the log, which counts too: a slice begins with a short one, unless somebody reads an old state.
    const logIsLong = (): boolean => logBytes(connection.path) > walLimit(limits) / 2;
    if (logIsLong() && this.#awaitsShortLog(connection, limits)) return true;
    for (;;) {
      const before = connection.changes;
      // A job that fails has ended: whoever tries again needs another.
      this.#job = undefined;
      const step = steps.next();
      if (step.done === true) return false;
      this.#job = { connection, steps };
      if (step.value === "wait" || performance.now() >= until) return true;
      if (connection.changes !== before && logIsLong()) return true;
    }
  }

  /** Has a long log written back. Returns whether that goes on in the background; it is waited for once. */
  #awaitsShortLog(connection: Connection, limits: StoreLimits): boolean {
    if (walLimit(limits) < SHORT_LOG_BYTES) connection.db.pragma("wal_checkpoint(TRUNCATE)");
    else if (this.#checkpoint !== undefined) return true;
    else if (!this.#logAwaited) this.#checkpoint = this.#startCheckpoint("PASSIVE");
    this.#logAwaited = !this.#logAwaited && this.#checkpoint !== undefined;
    return this.#logAwaited;
  }

  /** Writes the log back in the background; here and now only if that does not keep up. */
  #keepLogShort(): void {
    const writer = this.#writer;
    if (writer === undefined) return;
    const wal = logBytes(this.#settings.dbPath);
    const limit = walLimit(writer.limits);
    // A short log is written back faster than a thread starts, and would be full before it has.
    const here = wal > (limit < SHORT_LOG_BYTES ? checkpointBytes(writer.limits) : (limit * 3) / 4);
    if (!here && wal > checkpointBytes(writer.limits)) this.#checkpoint ??= this.#startCheckpoint("PASSIVE");
    if (here) this.#guarded(() => writer.connection.db.pragma("wal_checkpoint(PASSIVE)"));
  }

  async #shrink(): Promise<void> {
    for (;;) {
      if (!(await this.change(vacuumSome))) break;
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
    await this.#settled();
    this.#checkpoint = this.#startCheckpoint("TRUNCATE");
    await this.#settled();
  }

  /** A file beyond its cap has not shrunk before the log is written back in which its pages are given up. */
  async #returnSpace(): Promise<void> {
    const { file, wal } = storeBytes(this.#settings.dbPath);
    if (this.#writer === undefined || file + wal <= maxBytes(this.#writer.limits)) return;
    this.#checkpoint = this.#startCheckpoint("TRUNCATE");
    await this.#settled();
  }

  #startCheckpoint(mode: "PASSIVE" | "TRUNCATE"): BackgroundCheckpoint {
    const started = checkpointInBackground(this.#settings.dbPath, mode);
    void started.done.then(() => {
      if (this.#checkpoint === started) this.#checkpoint = undefined;
    });
    return started;
  }

  /** Waits for a checkpoint that is under way. */
  async #settled(): Promise<void> {
    this.#checkpoint?.hold();
    await this.#checkpoint?.done;
  }
}
