import { isMetricsError } from "@giflab/metrics-core";
import type { Connection } from "./connection.ts";
import { openSound, type StoreWriter } from "./open-writer.ts";
import { asMetricsError } from "./sqlite-error.ts";
import { resolveSqliteOptions } from "./sqlite-options.ts";
import { fileIdentity, logBytes } from "./store-file.ts";
import { checkpointBytes, walLimit } from "./store-limits.ts";
import { Upkeep } from "./upkeep.ts";
import { HOST_WRITES, STOP, type UpkeepOrder, type UpkeepOutcome } from "./upkeep-order.ts";

/** A pause while others hold the lock grows by this for each one in a row, up to the second. */
const PAUSE_MS = 10;
const LONGEST_PAUSE_MS = 150;
/** A host that wants to write is let through, but a thread that it has forgotten does not wait for ever. */
const HOST_MS = 200;
/** Attempts at opening a file that others hold. */
const OPENINGS = 20;
/** While somebody reads an old state the log stays long whatever is done, so it is not tried at every step. */
const CHECKPOINT_PAUSE_MS = 250;

/**
 * Does all upkeep of a store that is due, in a thread that has nothing else to do: without its event loop, in steps between
 * which it lets its host write, has a long log written back, and looks whether it is to stop. Never throws.
 */
export function runUpkeep(order: UpkeepOrder): UpkeepOutcome {
  try {
    const writer = open(order);
    if (writer === undefined) return { kind: "left" };
    try {
      return work(writer, order);
    } finally {
      writer.connection.close();
    }
  } catch (cause) {
    const { code, message } = asMetricsError(cause, order.dbPath);
    return { kind: "failed", code, message };
  }
}

/** `undefined` when the file has gone, or the thread is to stop. A file that has gone is not made anew. */
function open({ dbPath, identity, control }: UpkeepOrder): StoreWriter | undefined {
  // What was given as options is in the file by now; whoever opened it first has said what there is to say about it.
  // Not synced at each step: a power failure takes back the last steps, and leaves the rows they were made of.
  const settings = resolveSqliteOptions({ dbPath, durability: "process", onWarning: () => {} });
  for (let attempt = 1; Atomics.load(control, STOP) === 0 && fileIdentity(dbPath) === identity; attempt++) {
    try {
      const writer = openSound(settings);
      if (writer.connection.identity === identity) return writer;
      writer.connection.close();
      return undefined;
    } catch (error) {
      if (!isMetricsError(error, "BACKEND_BUSY") || attempt === OPENINGS) throw error;
    }
    pause(control, PAUSE_MS);
  }
  return undefined;
}

function work(writer: StoreWriter, { epochSeconds, control, identity, dbPath }: UpkeepOrder): UpkeepOutcome {
  const job = new Upkeep().run(writer, epochSeconds);
  const log = new LogKeeper(writer);
  try {
    for (let waits = 0; ; ) {
      if (Atomics.load(control, STOP) !== 0 || fileIdentity(dbPath) !== identity) return { kind: "left" };
      if (Atomics.load(control, HOST_WRITES) !== 0) Atomics.wait(control, HOST_WRITES, 1, HOST_MS);
      const step = job.next();
      if (step.done === true) return { kind: "done" };
      waits = step.value === "wait" ? waits + 1 : 0;
      if (waits > 0) pause(control, Math.min(LONGEST_PAUSE_MS, waits * PAUSE_MS));
      else log.keepShort();
    }
  } finally {
    // Lets go of what a job that is broken off holds.
    job.return(false);
  }
}

/** Ends early when the thread is told to stop. */
function pause(control: Int32Array<SharedArrayBuffer>, milliseconds: number): void {
  Atomics.wait(control, STOP, 0, milliseconds);
}

/** Writes the log back to the database whenever it has become long: in this thread, where it may take its time. */
class LogKeeper {
  readonly #connection: Connection;
  readonly #long: number;
  readonly #tooLong: number;
  #changes = 0;
  #triedAt = Number.NEGATIVE_INFINITY;

  constructor({ connection, limits }: StoreWriter) {
    this.#connection = connection;
    this.#long = checkpointBytes(limits);
    this.#tooLong = walLimit(limits) / 2;
  }

  keepShort(): void {
    const { changes, path, db } = this.#connection;
    if (changes === this.#changes) return;
    this.#changes = changes;
    const bytes = logBytes(path);
    if (bytes <= this.#long) return;
    const now = performance.now();
    if (bytes <= this.#tooLong && now - this.#triedAt < CHECKPOINT_PAUSE_MS) return;
    this.#triedAt = now;
    // Waits for nobody: a log that somebody reads is shortened the next time.
    db.pragma(`wal_checkpoint(${bytes > this.#tooLong ? "TRUNCATE" : "PASSIVE"})`);
  }
}
