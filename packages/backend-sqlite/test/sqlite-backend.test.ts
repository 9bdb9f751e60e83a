import { existsSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { counterPoint, gaugePoint, TestInstance, timerPoint } from "@giflab/backend-testkit";
import { MetricsCollector, type MetricsError } from "@giflab/metrics-core";
import Database from "better-sqlite3";
import { describe, expect, it } from "vitest";
import { SqliteBackend } from "../src/index.ts";
import { StoreFolder } from "./store-folder.ts";

const folder = new StoreFolder();

const instance = (): TestInstance => new TestInstance({ start: folder.clock.now() });
const window = (): { from: number; to: number } => ({ from: 0, to: folder.clock.now() + 1e9 });
const total = async (store: SqliteBackend, match = "jobs"): Promise<number> =>
  (await store.summaries({ match, ...window() })).reduce((sum, one) => sum + (one.sum ?? 0), 0);
const codeOf = (work: () => unknown): string | undefined => {
  try {
    work();
  } catch (error) {
    return (error as MetricsError).code;
  }
  return undefined;
};
const raw = <T>(work: (db: Database.Database) => T): T => {
  const db = new Database(folder.dbPath);
  try {
    return work(db);
  } finally {
    db.close();
  }
};

describe("options", () => {
  it.each([
    [{ retentionDays: 0 }, /retentionDays must be above 0/],
    [{ maxSizeMb: 0.5 }, /maxSizeMb must be 1\.\./],
    [{ durability: "none" as never }, /durability must be "process" or "power"/],
  ])("%j are refused with what is allowed", (options, message) => {
    expect(() => new SqliteBackend({ dbPath: "unused.db", ...options })).toThrow(message);
  });
});

describe("the file", () => {
  it("is made with its folder, readable by its owner only", () => {
    const dbPath = join(folder.path, "deep", "er", "metrics.db");
    folder.open({ dbPath }).writeSync(instance().flush([counterPoint("jobs", 1)]));
    expect(statSync(dbPath).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder.path, "deep")).mode & 0o777).toBe(0o700);
  });

  it("is not made by opening for reading, which says what to do", async () => {
    const reader = folder.open({ readonly: true });
    await expect(reader.stats()).rejects.toMatchObject({
      code: "BACKEND_UNAVAILABLE",
      message: expect.stringMatching(/no metrics recorded yet at .*: run your program with monitoring on/),
    });
    expect(existsSync(folder.dbPath)).toBe(false);
  });

  it("is made anew when an operator removes it", async () => {
    const store = folder.open();
    const process = instance();
    store.writeSync(process.flush([counterPoint("jobs", 1)]));
    for (const name of readdirSync(folder.path)) rmSync(join(folder.path, name));
    store.writeSync(process.flush([counterPoint("jobs", 2)]));
    expect(await total(store)).toBe(2);
    expect(await total(folder.open({ readonly: true }))).toBe(2);
  });

  it("of somebody else is refused and left as it is", async () => {
    raw((db) => db.exec("CREATE TABLE theirs (x)"));
    const before = readFileSync(folder.dbPath);
    expect(codeOf(() => folder.open().open())).toBe("STORE_FOREIGN");
    expect(codeOf(() => folder.open({ readonly: true }).open())).toBe("STORE_FOREIGN");
    expect(readFileSync(folder.dbPath)).toEqual(before);
  });

  it("that is no database is refused and left as it is", () => {
    writeFileSync(folder.dbPath, "these are my notes, not a database ".repeat(100));
    const before = readFileSync(folder.dbPath);
    expect(codeOf(() => folder.open().open())).toBe("STORE_FOREIGN");
    expect(codeOf(() => folder.open({ readonly: true }).open())).toBe("STORE_FOREIGN");
    expect(readFileSync(folder.dbPath)).toEqual(before);
  });

  it("of a newer version is refused and left as it is", () => {
    folder.open().writeSync(instance().flush([counterPoint("jobs", 1)]));
    raw((db) => db.pragma("user_version = 99"));
    const before = readFileSync(folder.dbPath);
    const message = /newer version \(schema 99/;
    expect(() => folder.open().open()).toThrow(message);
    expect(() => folder.open({ readonly: true }).open()).toThrow(message);
    expect(readFileSync(folder.dbPath)).toEqual(before);
  });

  it("of ours that is damaged is set aside, and recording goes on in a new one", async () => {
    const first = folder.open();
    first.writeSync(instance().flush([counterPoint("jobs", 1)]));
    await first.close();
    const bytes = readFileSync(folder.dbPath);
    bytes.fill(0x5a, 100);
    writeFileSync(folder.dbPath, bytes);
    truncateSync(folder.dbPath, 5000);
    const store = folder.open();
    store.writeSync(instance().flush([counterPoint("jobs", 5)]));
    expect(await total(store)).toBe(5);
    expect(readdirSync(folder.path).some((name) => name.includes(".corrupt-"))).toBe(true);
    expect(folder.warnings[0]).toMatch(/was damaged: it is now/);
  });

  it("in a place that is no folder is an error that says what to do", () => {
    writeFileSync(join(folder.path, "file"), "");
    expect(() => folder.open({ dbPath: join(folder.path, "file", "metrics.db") }).open()).toThrow(
      /check that its folder exists/,
    );
  });
});

describe("writing", () => {
  it("ignores a snapshot that is there already", async () => {
    const store = folder.open();
    const snapshot = instance().flush([counterPoint("jobs", 10), timerPoint("load", [1, 2])]);
    store.writeSync(snapshot);
    store.writeSync(snapshot);
    folder.open().writeSync(snapshot);
    expect(await total(store)).toBe(10);
  });

  it("gives way at once to somebody who holds the lock, and arrives when they are done", async () => {
    const store = folder.open();
    const collector = new MetricsCollector({ backends: [store], service: "t", clock: folder.clock });
    collector.counter("jobs").add(1);
    folder.clock.advance(1);
    await collector.flush();
    const other = new Database(folder.dbPath);
    other.exec("BEGIN IMMEDIATE");
    const snapshot = instance().flush([counterPoint("other", 1)]);
    expect(codeOf(() => store.write(snapshot))).toBe("BACKEND_BUSY");
    collector.counter("jobs").add(2);
    folder.clock.advance(1);
    const flushed = collector.flush();
    // The event loop turns while the lock is held: a timer fires before the flush has ended.
    const turned = await Promise.race([
      flushed.then(() => "flushed"),
      new Promise((resolve) => setTimeout(resolve, 5, "turned")),
    ]);
    expect(turned).toBe("turned");
    other.exec("COMMIT");
    other.close();
    await flushed;
    await collector.flush();
    expect(await total(store)).toBe(3);
    await collector.close();
  });

  it("of a failed transaction leaves no series behind that later rows would point at", async () => {
    const store = folder.open();
    const process = instance();
    store.writeSync(process.flush([counterPoint("first", 1)]));
    const blocker = new Database(folder.dbPath);
    blocker.exec("BEGIN IMMEDIATE");
    const second = process.flush([counterPoint("second", 2)]);
    expect(codeOf(() => store.write(second))).toBe("BACKEND_BUSY");
    blocker.exec("ROLLBACK");
    blocker.close();
    store.write(second);
    expect(await total(store, "second")).toBe(2);
  });

  it("goes on under the right names after another process has cleared the store", async () => {
    const store = folder.open();
    const process = instance();
    const points = [counterPoint("a", 1), counterPoint("jobs", 1)];
    store.writeSync(process.flush(points));
    await folder.open().clear();
    folder.open().writeSync(instance().flush([counterPoint("z", 1)]));
    store.writeSync(process.flush([points[1]!]));
    expect(await total(store, "jobs")).toBe(1);
    expect(await total(store, "a")).toBe(0);
  });

  it("refuses on a store opened for reading", async () => {
    folder.open().writeSync(instance().flush([counterPoint("jobs", 1)]));
    const reader = folder.open({ readonly: true });
    expect(codeOf(() => reader.writeSync(instance().flush([])))).toBe("READ_ONLY");
    await expect(reader.clear()).rejects.toMatchObject({ code: "READ_ONLY" });
    await expect(reader.compareAndSet("k", 0, "v")).rejects.toMatchObject({ code: "READ_ONLY" });
  });

  it("takes at most 40 bytes a sample of ordinary counters, gauges and timers", async () => {
    const store = folder.open();
    const process = instance();
    let seed = 7;
    const random = (): number => {
      seed = (seed * 1103515245 + 12345) % 2 ** 31;
      return seed / 2 ** 31;
    };
    const names = Array.from({ length: 50 }, (_, i) => i);
    for (let flush = 0; flush < 100; flush++) {
      store.writeSync(
        process.flush([
          ...names.flatMap((i) => [counterPoint(`c${i}`, Math.floor(random() * 1000)), counterPoint(`d${i}`, 1)]),
          ...names.map((i) => gaugePoint(`g${i}`, random() * 100)),
          ...names.map((i) =>
            timerPoint(
              `t${i}`,
              Array.from({ length: 5 }, () => random() / 100),
            ),
          ),
        ]),
      );
    }
    await store.close();
    const { bytes, points } = await folder.open({ readonly: true }).stats();
    expect(points).toBe(20_000);
    expect(bytes / points).toBeLessThan(40);
  });
});

describe("retention and size cap", () => {
  it("drop what is older than retentionDays, and the file shrinks", async () => {
    const store = folder.open({ retentionDays: 7, rollupDays: 1 });
    const process = instance();
    const payload = Array.from({ length: 200 }, (_, i) => gaugePoint(`g${i}`, Math.PI * i));
    for (let hour = 0; hour < 24 * 14; hour++) {
      store.writeSync(process.flush(payload, { seconds: 3600 }));
      folder.clock.advance(3600);
    }
    const before = (await store.stats()).bytes;
    await store.close();
    for (let open = 0; open < 40; open++) {
      const short = folder.open();
      short.write(instance().flush([]));
      await short.close();
      folder.clock.advance(61);
    }
    const kept = folder.open({ readonly: true });
    const { oldest } = await kept.stats();
    expect(oldest).toBeGreaterThan(folder.clock.now() - 7 * 86_400);
    expect(statSync(folder.dbPath).size).toBeLessThan(before * 0.6);
  });

  it("keep file and log below maxSizeMb, dropping the oldest, while writing goes on", async () => {
    const store = folder.open({ maxSizeMb: 1 });
    const collector = new MetricsCollector({
      backends: [store],
      service: "t",
      clock: folder.clock,
      maxSeriesPerMetric: 500,
      bufferSize: 1e6,
    });
    const gauges = Array.from({ length: 300 }, (_, i) => collector.gauge("g", { tags: { i: String(i) } }));
    let largest = 0;
    for (let flush = 0; flush < 600; flush++) {
      for (const gauge of gauges) gauge.set(Math.random());
      folder.clock.advance(10);
      await collector.flush();
      await new Promise((resolve) => setImmediate(resolve));
      largest = Math.max(largest, (await store.stats()).bytes);
    }
    const { newest, snapshots } = await store.stats();
    expect(newest).toBe(folder.clock.now());
    expect(snapshots).toBeGreaterThan(50);
    expect(largest).toBeLessThanOrEqual(2 ** 20);
    await collector.close();
  });

  it("are written into the file for other tools to see", async () => {
    const store = folder.open({ retentionDays: 3, maxSizeMb: 50 });
    store.write(instance().flush([]));
    await store.close();
    const settings = raw((db) =>
      Object.fromEntries(db.prepare("SELECT key, value FROM settings").raw().all() as [string, number][]),
    );
    expect(settings).toMatchObject({ retentionDays: 3, maxSizeMb: 50 });
  });
});

describe("reading", () => {
  it("does not hinder writers or the log while it pages through points", async () => {
    const store = folder.open();
    const process = instance();
    for (let flush = 0; flush < 2000; flush++) store.writeSync(process.flush([counterPoint("jobs", 1)]));
    const reader = folder.open({ readonly: true });
    let seen = 0;
    for await (const _ of reader.points({ from: 0, to: process.end })) {
      if (seen++ % 500 !== 0) continue;
      store.writeSync(process.flush([counterPoint("jobs", 1)]));
      const [result] = raw((db) => db.pragma("wal_checkpoint(TRUNCATE)") as { busy: number }[]);
      expect(result?.busy).toBe(0);
    }
    expect(seen).toBe(2000);
  });

  it("finds the last known value of a gauge whose process ended days ago", async () => {
    const process = instance();
    const store = folder.open();
    store.writeSync(process.flush([gaugePoint("queue", 7)]));
    store.writeSync(process.flush([gaugePoint("queue", 8)], { final: true }));
    folder.clock.advance(3 * 86_400);
    const now = folder.clock.now();
    expect(await store.summaries({ match: "queue", from: now - 300, to: now })).toMatchObject([
      { last: 8, stale: true },
    ]);
  });
});
