import { TestInstance } from "@giflab/backend-testkit";
import { ManualClock } from "@giflab/metrics-core";
import { SqliteBackend, type SqliteOptions } from "../src/index.ts";
import { countedFlush } from "./counted-flush.ts";
import type { StoredRange } from "./counted-store.ts";
import { sealDue } from "./sealed-store.ts";
import { turnIntoVersionOne } from "./version-one-store.ts";

const HOUR = 3600;
const FLUSH_SECONDS = 200;
/** Minutes after an hour, hours after six, nothing after a day. */
const QUICK = { rawHours: 1, retentionDays: 0.25, rollupDays: 1 };
const RAW = { rawHours: 168, rollupDays: 7 };

/** A store with upkeep overdue, in the middle of which a process may be killed. */
export interface CrashStore {
  /** Stages of upkeep that it is there for, by the names of `watch-accesses.ts`. */
  readonly stages: readonly string[];
  /** Makes it with two instances. Returns the moment at which the next process comes. */
  make(dbPath: string): number;
  /** What is kept of each of the two whatever happens. */
  keeps(now: number): Partial<StoredRange>;
}

/** The last snapshot of each instance that `make` has written. */
export const LAST_SEQUENCE = 600;

/** A day and a half, a part of it packed already. */
const aged: CrashStore = {
  stages: ["flush", "seal", "roll-up", "retention", "vacuum"],
  make: (dbPath) => fill(dbPath, QUICK, [LAST_SEQUENCE / 2, (LAST_SEQUENCE * 3) / 4]),
  // What is younger than a day must not go: the hour in which it lies, and the block, may.
  keeps: (now) => ({ oldest: now - 23 * HOUR + FLUSH_SECONDS }),
};

/** Filled nearly to its cap, which is then lowered. */
const full: CrashStore = {
  stages: ["size cap", "vacuum", "checkpoint"],
  make: (dbPath) => {
    const now = fill(dbPath, RAW, [LAST_SEQUENCE / 2], 90);
    const store = new SqliteBackend({ dbPath, clock: new ManualClock(now), maxSizeMb: 1 });
    store.open();
    store.closeSync();
    return now;
  },
  keeps: () => ({ first: LAST_SEQUENCE * 0.8 }),
};

/** Written by the version before. */
const versionOne: CrashStore = {
  stages: ["migration", "flush"],
  make: (dbPath) => {
    const now = fill(dbPath, RAW, []);
    turnIntoVersionOne(dbPath);
    return now;
  },
  keeps: () => ({ first: 1 }),
};

export const CRASH_STORES: Readonly<Record<string, CrashStore>> = {
  "whose hours are to be sealed, rolled up and deleted": aged,
  "past its size cap": full,
  "of version 1": versionOne,
};

function fill(dbPath: string, options: SqliteOptions, sealAt: readonly number[], gauges = 0): number {
  const clock = new ManualClock();
  const store = new SqliteBackend({ dbPath, clock, ...options });
  const instances = ["a", "b"].map(
    (name) => new TestInstance({ service: name, start: clock.now(), flushIntervalSeconds: FLUSH_SECONDS }),
  );
  for (let sequence = 1; sequence <= LAST_SEQUENCE; sequence++) {
    for (const instance of instances) store.writeSync(countedFlush(instance, sequence, gauges));
    clock.advance(FLUSH_SECONDS);
    if (sealAt.includes(sequence)) sealDue(dbPath, clock);
  }
  store.closeSync();
  return clock.now();
}
