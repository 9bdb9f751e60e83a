import { counterPoint, gaugePoint, SeededRandom, TestInstance, timerPoint } from "@giflab/backend-testkit";
import Database from "better-sqlite3";
import { describe, expect, it } from "vitest";
import type { SqliteBackend } from "../src/index.ts";
import { openWriter, type StoreWriter } from "../src/open-writer.ts";
import { resolveSqliteOptions } from "../src/sqlite-options.ts";
import { finish } from "../src/stepwise.ts";
import { Upkeep } from "../src/upkeep.ts";
import { StoreFolder } from "./store-folder.ts";

const folder = new StoreFolder();
/** Minutes after an hour, hours after six. */
const QUICK = { rawHours: 1, retentionDays: 0.25 };

const writer = (): StoreWriter =>
  openWriter(resolveSqliteOptions({ dbPath: folder.dbPath, clock: folder.clock, ...QUICK }));

function record(
  flushes: number,
  store = folder.open(QUICK),
  instance = new TestInstance({ start: folder.clock.now() }),
): SqliteBackend {
  for (let flush = 0; flush < flushes; flush++) {
    store.writeSync(
      instance.flush([counterPoint("calls", 1), gaugePoint("level", flush), timerPoint("load", [flush])]),
    );
    folder.clock.advance(10);
  }
  return store;
}

/** By the rows that are there, by their sum and by their covered time. */
async function flushesOf(store: SqliteBackend): Promise<readonly number[]> {
  const [calls, , load] = await store.summaries({ from: 0, to: folder.clock.now() + 1 });
  const rows = folder.number("SELECT sum(seq - first_seq + 1) FROM metrics");
  return [rows, calls!.sum!, load!.count, Math.round(calls!.covered / 10)];
}

describe("upkeep", () => {
  it.each([
    ["sealed", "resolution = 0"],
    ["rolled up", "resolution = 60"],
  ])("loses no other row when those that are %s are deleted before it goes on", async (_, packed) => {
    const store = record(900);
    const opened = writer();
    const job = new Upkeep().run(opened, folder.clock.now());
    const there = (): number => folder.number(`SELECT count(*) FROM metrics WHERE block IS NOT NULL AND ${packed}`);
    while (there() === 0) expect(job.next().done).toBe(false);
    const gone = folder.number(`SELECT sum(seq - first_seq + 1) FROM metrics WHERE block IS NOT NULL AND ${packed}`);
    expect(gone).toBeLessThan(360);
    folder.change(`DELETE FROM metrics WHERE block IS NOT NULL AND ${packed}`);
    finish(job);
    finish(new Upkeep().run(opened, folder.clock.now()));
    opened.connection.close();
    expect(await flushesOf(store)).toEqual([900 - gone, 900 - gone, 900 - gone, 900 - gone]);
    expect(folder.number("SELECT count(*) FROM chunk WHERE block NOT IN (SELECT id FROM block)")).toBe(0);
  });

  it("that is asked for waits for a lock for longer than a job tries, and is then done", async () => {
    const store = record(900);
    const other = new Database(folder.dbPath);
    // A long log would be waited for before the job begins.
    other.pragma("wal_checkpoint(TRUNCATE)");
    other.exec("BEGIN IMMEDIATE");
    const maintained = store.maintain();
    for (let turn = 0; turn < 500; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(folder.number("SELECT count(*) FROM block")).toBe(0);
    other.exec("COMMIT");
    other.close();
    await maintained;
    expect(folder.number("SELECT count(*) FROM block")).toBeGreaterThan(0);
    expect(await flushesOf(store)).toEqual([900, 900, 900, 900]);
  });

  it("brings nothing back that is deleted by hand while it works", async () => {
    const store = folder.open(QUICK);
    const instance = new TestInstance({ start: folder.clock.now() });
    record(10, store, instance);
    const opened = writer();
    let deleted = 0;
    // Each time an hour is sealed, a few steps further: while it is read, encoded, stored.
    for (let steps = 1; steps < 60; steps += steps < 40 ? 6 : 1) {
      record(400, store, instance);
      const job = new Upkeep().run(opened, folder.clock.now());
      for (let step = 0; step < steps; step++) job.next();
      const hot = folder.number("SELECT count(*) FROM metrics WHERE block IS NULL");
      folder.change(
        "DELETE FROM metrics WHERE id = (SELECT id FROM metrics WHERE block IS NULL ORDER BY timestamp LIMIT 1)",
      );
      deleted += hot > 0 ? 1 : 0;
      finish(job);
      finish(new Upkeep().run(opened, folder.clock.now()));
    }
    opened.connection.close();
    const [rows, ...others] = await flushesOf(store);
    expect(rows).toBe(folder.number("SELECT last_seq FROM writer") - deleted);
    expect(others).toEqual([rows, rows, rows]);
    expect(folder.number("SELECT count(*) FROM chunk WHERE block NOT IN (SELECT id FROM block)")).toBe(0);
  });

  it("is one process's at a time, and right even if two are at it", async () => {
    const store = record(4000);
    const [one, other] = [writer(), writer()];
    const first = new Upkeep().run(one, folder.clock.now());
    for (let step = 0; step < 5; step++) first.next();
    finish(new Upkeep().run(other, folder.clock.now()));
    expect(folder.number("SELECT count(*) FROM block")).toBe(0);
    // A minute later the lease is taken for one that somebody left, though its owner is only slow.
    folder.clock.advance(61);
    finish(new Upkeep().run(other, folder.clock.now()));
    const blocks = folder.number("SELECT count(*) FROM block");
    expect(blocks).toBeGreaterThan(1);
    finish(first);
    for (const { connection } of [one, other]) connection.close();
    expect(folder.number("SELECT count(*) FROM block")).toBe(blocks);
    expect(await flushesOf(store)).toEqual([4000, 4000, 4000, 4000]);
  });

  it("keeps a store that is filled past its cap below it, log counted, however it is packed", async () => {
    const store = folder.open({ maxSizeMb: 2 });
    const random = new SeededRandom();
    console.log(`seed ${random.seed}`);
    const instance = new TestInstance({ start: folder.clock.now() });
    let largest = 0;
    for (let flush = 0; flush < 3000; flush++) {
      const points = Array.from({ length: 60 }, (_, i) => gaugePoint(`g${i}`, random.next()));
      store.write(instance.flush([counterPoint("calls", 1), ...points]));
      folder.clock.advance(10);
      if (flush % 360 === 90) await store.maintain();
      if (flush % 10 === 0) largest = Math.max(largest, (await store.stats()).bytes);
    }
    await store.maintain();
    const { bytes, newest, snapshots, details } = await store.stats();
    expect(largest).toBeLessThanOrEqual(2 * 2 ** 20);
    expect(newest).toBe(folder.clock.now());
    expect(details["blocks"]).toBeGreaterThan(1);
    expect(snapshots).toBeGreaterThan(1200);
    await store.prune({ before: folder.clock.now() - 600 });
    expect((await store.stats()).bytes).toBeLessThan(bytes / 3);
  });
});
