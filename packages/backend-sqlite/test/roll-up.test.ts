import { counterPoint, gaugePoint, SeededRandom, TestInstance, timerPoint } from "@giflab/backend-testkit";
import type { MetricSummary, SummaryQuery } from "@giflab/metrics-core";
import Database from "better-sqlite3";
import { describe, expect, it } from "vitest";
import type { SqliteBackend } from "../src/index.ts";
import { openWriter } from "../src/open-writer.ts";
import { resolveSqliteOptions } from "../src/sqlite-options.ts";
import { Upkeep } from "../src/upkeep.ts";
import { difference } from "./close-to.ts";
import { madeUpFleet } from "./made-up-fleet.ts";
import { sealDue } from "./sealed-store.ts";
import { StoreFolder } from "./store-folder.ts";

const folder = new StoreFolder();
const HOUR = 3600;
const DAY = 24 * HOUR;
/** Minutes after an hour, hours after six. */
const QUICK = { rawHours: 1, retentionDays: 0.25 };

/** Seven digits of the mean of a gauge are kept. */
const MEAN_DIGITS = 1e-6;

const rows = (sql: string): Record<string, number>[] => {
  const db = new Database(folder.dbPath, { readonly: true });
  try {
    return db.prepare(sql).all() as Record<string, number>[];
  } finally {
    db.close();
  }
};

/** What rolling up must not change, of windows that begin and end with an hour. */
async function kept(store: SqliteBackend, query: SummaryQuery): Promise<object[]> {
  const key = ({ name, tags, instance }: MetricSummary): string => JSON.stringify([name, tags, instance?.writerId]);
  // When in the hour before something idle was last heard of, and so whether it is listed, is not known to the minute; nor
  // then what is derived from gauges.
  const heard = (await store.summaries(query)).filter(
    ({ name, instances }) => name === "hit_rate" || instances.length > 0,
  );
  const found = heard.sort((a, b) => (key(a) < key(b) ? -1 : 1));
  return found.map(({ firstSeen, lastSeen, count, ...summary }) => ({
    ...summary,
    count: summary.kind === "gauge" ? undefined : count,
    // Which of several instances had the last word in an hour is not known.
    last: query.byInstance ? summary.last : undefined,
  }));
}

describe("a store that is rolled up at random moments", () => {
  it("answers for whole hours as one that is not", { timeout: 60_000 }, async () => {
    const random = new SeededRandom();
    console.log(`seed ${random.seed}`);
    const start = Math.ceil(folder.clock.now() / HOUR) * HOUR;
    const hours = process.env["GIFLAB_TEST_LONG"] === "1" ? 150 : 30;
    const rolled = folder.open(QUICK);
    const plain = folder.open({ dbPath: `${folder.path}/plain.db` });
    for (const snapshot of madeUpFleet(random, start, hours)) {
      folder.clock.advance(Math.max(0, snapshot.end - folder.clock.now()));
      rolled.writeSync(snapshot);
      plain.writeSync(snapshot);
      if (random.integer(2000) === 0) sealDue(folder.dbPath, folder.clock);
    }
    sealDue(folder.dbPath, folder.clock);
    const resolutions = rows("SELECT resolution, count(*) AS n FROM metrics GROUP BY resolution");
    expect(resolutions.map(({ resolution }) => resolution)).toEqual([0, 60, 3600]);
    for (let query = 0; query < 30; query++) {
      const from = start + random.integer(hours) * HOUR;
      const window = { from, to: from + (1 + random.integer(hours)) * HOUR, byInstance: query % 2 === 0 };
      // Merged over instances, a gauge is only known to the minute or hour.
      const selector = window.byInstance
        ? {}
        : { match: ["hits", "misses", "cpu.seconds", "load", "bytes", "hit_rate"] };
      const asked = { ...window, ...selector };
      expect(difference(await kept(plain, asked), await kept(rolled, asked), MEAN_DIGITS), JSON.stringify(asked)).toBe(
        undefined,
      );
    }
  });

  it("counts everything once in queries that run meanwhile", { timeout: 60_000 }, async () => {
    const store = folder.open(QUICK);
    const instances = [1, 2, 3].map(() => new TestInstance({ start: folder.clock.now() }));
    for (let flush = 0; flush < 5000; flush++) {
      for (const instance of instances) {
        store.writeSync(instance.flush([counterPoint("calls", 1), timerPoint("load", [flush])]));
      }
      folder.clock.advance(10);
    }
    const writer = openWriter(resolveSqliteOptions({ dbPath: folder.dbPath, clock: folder.clock }));
    const job = new Upkeep().run(writer, folder.clock.now());
    let running = true;
    const work = (): void => {
      for (let step = 0; step < 20 && running; step++) running = job.next().done !== true;
      if (running) setImmediate(work);
      else writer.connection.close();
    };
    work();
    let asked = 0;
    do {
      asked++;
      const [calls, load] = await store.summaries({ from: 0, to: folder.clock.now() });
      expect(calls).toMatchObject({ sum: 15_000, count: 15_000, covered: 50_000 });
      expect(load).toMatchObject({ count: 15_000, max: 4999 });
    } while (running);
    expect(asked).toBeGreaterThan(3);
    expect(rows("SELECT DISTINCT resolution FROM metrics")).toHaveLength(3);
  });
});

describe("rolled up rows", () => {
  it("acknowledge a repeated delivery of what they are made of, and name their resolution", async () => {
    const store = folder.open(QUICK);
    const instance = new TestInstance({ start: folder.clock.now() });
    const first = instance.flush([counterPoint("calls", 10), gaugePoint("level", 3)]);
    store.writeSync(first);
    for (let flush = 0; flush < 10_000; flush++) {
      folder.clock.advance(10);
      store.writeSync(instance.flush([counterPoint("calls", 1), gaugePoint("level", flush % 6)]));
    }
    folder.clock.advance(10);
    sealDue(folder.dbPath, folder.clock);
    store.writeSync(first);
    const [calls, level] = await store.summaries({ from: 0, to: folder.clock.now() });
    expect(calls).toMatchObject({ sum: 10_010, count: 10_001, covered: 100_010 });
    expect(level).toMatchObject({ min: 0, max: 5, last: 3, mean: expect.closeTo(2.5, 2) });
    const seen = new Set<number>();
    let [total, time] = [0, 0];
    for await (const point of store.points({ match: "calls" })) {
      seen.add(point.resolutionSeconds);
      total += point.kind === "counter" ? point.value : 0;
      expect(point.timestamp).toBeGreaterThan(time);
      time = point.timestamp;
    }
    expect(total).toBe(10_010);
    expect([...seen].sort((a, b) => a - b)).toEqual([10, 60, 3600]);
  });

  it("keep pauses out of the covered time", async () => {
    const store = folder.open(QUICK);
    const instance = new TestInstance({ start: folder.clock.now() });
    for (let flush = 0; flush < 10_000; flush++) {
      store.writeSync(instance.flush([counterPoint("calls", 1)]));
      if (flush % 10 === 0) instance.skip(3);
      folder.clock.advance(Math.max(0, instance.end - folder.clock.now()));
    }
    sealDue(folder.dbPath, folder.clock);
    expect(rows("SELECT 1 FROM metrics WHERE resolution = 3600").length).toBeGreaterThan(3);
    const [calls] = await store.summaries({ from: 0, to: folder.clock.now() });
    expect(calls?.covered).toBeCloseTo(100_000, 3);
    expect(calls?.rate).toBeCloseTo(0.1, 9);
  });

  it("leave out what is deleted by hand", async () => {
    const store = folder.open(QUICK);
    const instance = new TestInstance({ start: folder.clock.now() });
    for (let flush = 0; flush < 10_000; flush++) store.writeSync(instance.flush([counterPoint("calls", 1)]));
    folder.clock.advance(100_000);
    sealDue(folder.dbPath, folder.clock);
    const half = folder.clock.now() - 50_000;
    const db = new Database(folder.dbPath);
    db.prepare("DELETE FROM metrics WHERE timestamp < ?").run(String(half));
    db.close();
    const [calls] = await store.summaries({ from: 0, to: folder.clock.now() });
    const left = rows("SELECT sum(seq - first_seq + 1) AS n, min(timestamp) AS oldest FROM metrics")[0]!;
    expect(calls?.sum).toBe(left["n"]);
    expect(calls?.sum).toBeGreaterThan(4000);
    expect(left["oldest"]).toBeGreaterThanOrEqual(half);
  });
});

describe("sixty days", () => {
  it("are kept as flushes for a day, as minutes for a week and as hours beyond", { timeout: 60_000 }, async () => {
    const store = folder.open();
    const instance = new TestInstance({ start: folder.clock.now(), flushIntervalSeconds: 900 });
    const start = folder.clock.now();
    let calls = 0;
    while (folder.clock.now() < start + 60 * DAY) {
      folder.clock.advance(900);
      calls += 3;
      store.write(
        instance.flush([counterPoint("calls", 3), gaugePoint("level", calls), timerPoint("load", [0.1, calls])]),
      );
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
    await store.close();
    sealDue(folder.dbPath, folder.clock);
    const now = folder.clock.now();
    const age = new Map(
      rows(
        "SELECT resolution, min(timestamp) AS oldest, max(timestamp) AS newest FROM metrics GROUP BY resolution",
      ).map(({ resolution, oldest, newest }) => [resolution, [(now - oldest!) / DAY, (now - newest!) / DAY]]),
    );
    const [raw, minutes, hours] = [age.get(0)!, age.get(60)!, age.get(3600)!];
    expect(raw[0]).toBeLessThan(1 + 13 / 24 + 1);
    expect(minutes[0]).toBeLessThan(10);
    expect(hours[0]).toBeGreaterThan(59);
    expect(hours[1]).toBeGreaterThan(7);
    const reader = folder.open({ readonly: true });
    const [count, level, load] = await reader.summaries({ from: 0, to: now });
    expect(count).toMatchObject({ sum: calls, covered: 60 * DAY });
    expect(level).toMatchObject({ last: calls, max: calls, min: 3 });
    expect(load).toMatchObject({ count: (calls / 3) * 2, max: calls, min: 0.1 });
    const days = await reader.series({ match: "calls", from: start, to: now, stepSeconds: DAY, statistic: "sum" });
    for (const [, sum] of days[0]!.points) expect(Math.abs(sum! - 288)).toBeLessThanOrEqual(12);
  });

  it("may be kept raw, or without hours", async () => {
    const store = folder.open({ rawHours: 168, rollupDays: 7 });
    const instance = new TestInstance({ start: folder.clock.now(), flushIntervalSeconds: 600 });
    for (let flush = 0; flush < 14 * 144; flush++) {
      folder.clock.advance(600);
      store.writeSync(instance.flush([counterPoint("calls", 1)]));
    }
    sealDue(folder.dbPath, folder.clock);
    const [left] = rows("SELECT min(timestamp) AS oldest, count(*) AS n, max(resolution) AS resolution FROM metrics");
    expect(left).toEqual({ oldest: folder.clock.now() - 7 * DAY + 600, n: 7 * 144, resolution: 0 });
  });
});
