import { copyFileSync, rmSync } from "node:fs";
import { counterPoint, gaugePoint, SeededRandom, TestInstance, timerPoint } from "@giflab/backend-testkit";
import { ManualClock } from "@giflab/metrics-core";
import Database from "better-sqlite3";
import { describe, expect, it } from "vitest";
import { SqliteBackend } from "../src/index.ts";
import { Fixture } from "./run-fixture.ts";
import { sealDue } from "./sealed-store.ts";
import { StoreFolder } from "./store-folder.ts";

const folder = new StoreFolder();
const FLUSHES = 1500;
const FLUSH_SECONDS = 90;
const HOUR = 3600;
/** Minutes after an hour, hours after six, nothing after a day. */
const QUICK = { rawHours: 1, retentionDays: 0.25, rollupDays: 1 };

/** A day and a half of two processes, a part of it packed already, and the rest overdue. */
function prepare(): number {
  const clock = new ManualClock();
  const store = new SqliteBackend({ dbPath: folder.dbPath, clock, ...QUICK });
  const instances = ["a", "b"].map(
    (service) => new TestInstance({ service, start: clock.now(), flushIntervalSeconds: FLUSH_SECONDS }),
  );
  for (let flush = 1; flush <= FLUSHES; flush++) {
    for (const instance of instances) {
      store.writeSync(
        instance.flush([counterPoint("calls", 1), gaugePoint("level", flush), timerPoint("load", [flush])]),
      );
    }
    clock.advance(FLUSH_SECONDS);
    if (flush === FLUSHES / 2 || flush === (FLUSHES * 3) / 4) sealDue(folder.dbPath, clock);
  }
  store.closeSync();
  return clock.now();
}

interface Range {
  readonly writer: string;
  readonly first: number;
  readonly last: number;
  readonly oldest: number;
  readonly flushes: number;
}

/** What the rows say: from which to which snapshot of each writer they are there, and how many. */
function ranges(dbPath: string): Range[] {
  const db = new Database(dbPath);
  try {
    expect(db.pragma("integrity_check", { simple: true })).toBe("ok");
    const sql = `SELECT service AS writer, min(first_seq) AS first, max(seq) AS last, min(timestamp) AS oldest,
      sum(seq - first_seq + 1) AS flushes FROM metrics JOIN writer ON writer.id = metrics.writer GROUP BY writer.id`;
    return db.prepare(sql).all() as Range[];
  } finally {
    db.close();
  }
}

/** Everything that is to be there is there once, by the rows and by what queries answer. */
async function recount(dbPath: string, now: number): Promise<number> {
  const found = ranges(dbPath);
  const reader = new SqliteBackend({ dbPath, readonly: true });
  try {
    const window = { from: 0, to: now + HOUR };
    const summaries = await reader.summaries(window);
    const sumOf = (name: string): number =>
      summaries
        .filter((one) => one.name === name)
        .reduce((total, { sum, count }) => total + (name === "load" ? count : sum!), 0);
    const flushes = found.reduce((total, range) => total + range.flushes, 0);
    expect([sumOf("calls"), sumOf("load")]).toEqual([flushes, flushes]);
    for (const { writer, first, last, flushes: count, oldest } of found) {
      expect(count).toBe(last - first + 1);
      if (writer === "test-service") continue;
      expect(last).toBe(FLUSHES);
      // What is younger than a day must not go: the hour in which it lies, and the block, may.
      expect(oldest - FLUSH_SECONDS).toBeLessThanOrEqual(now - 24 * HOUR + HOUR);
    }
    return found.find(({ writer }) => writer === "test-service")?.flushes ?? 0;
  } finally {
    await reader.close();
  }
}

describe("a process that is killed while it writes, seals, rolls up and cleans up", () => {
  it("loses nothing that was acknowledged and doubles nothing", { timeout: 3_600_000 }, async () => {
    const rounds = process.env["GIFLAB_TEST_LONG"] === "1" ? 1000 : 5;
    const random = new SeededRandom();
    console.log(`seed ${random.seed}`);
    const now = prepare();
    const dbPath = `${folder.path}/round.db`;
    const run = async (killAt: number): Promise<Fixture> => {
      for (const suffix of ["", "-wal", "-shm"]) rmSync(dbPath + suffix, { force: true });
      copyFileSync(folder.dbPath, dbPath);
      const crasher = new Fixture("crasher", dbPath, String(now), String(killAt));
      await crasher.ended();
      return crasher;
    };
    const accesses = Number(/m(\d+)$/.exec((await run(0)).output)?.[1]);
    expect(accesses).toBeGreaterThan(1000);
    expect(await recount(dbPath, now)).toBe(5);
    for (let round = 0; round < rounds; round++) {
      const killAt = 1 + random.integer(accesses);
      const crasher = await run(killAt);
      expect(crasher.child.signalCode, `access ${killAt}`).toBe("SIGKILL");
      const acknowledged = crasher.output.replaceAll(/[^w]/g, "").length;
      const stored = await recount(dbPath, now);
      expect([acknowledged, acknowledged + 1], `access ${killAt}`).toContain(stored);
      // The next one finishes what was begun. The lease of the one that was killed has run out by then.
      const later = new ManualClock(now + 120);
      sealDue(dbPath, later);
      expect(await recount(dbPath, now + 120)).toBe(stored);
      const db = new Database(dbPath);
      expect(db.prepare("SELECT count(*) FROM chunk WHERE block NOT IN (SELECT id FROM block)").pluck().get()).toBe(0);
      expect(
        db
          .prepare("SELECT count(*) FROM block WHERE id NOT IN (SELECT block FROM metrics WHERE block > 0)")
          .pluck()
          .get(),
      ).toBe(0);
      db.close();
    }
  });
});
