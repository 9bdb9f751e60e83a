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

const rows = (sql: string): Record<string, number>[] => {
  const db = new Database(folder.dbPath, { readonly: true });
  try {
    return db.prepare(sql).all() as Record<string, number>[];
  } finally {
    db.close();
  }
};

/** A summary of a window that begins and ends with an hour, as far as rolling up must not change it. */
interface Kept {
  readonly summary: object;
  /** Seven digits of it are kept (docs/sqlite-store.md: what a rolled up gauge holds). */
  readonly gaugeMean: number | undefined;
  readonly firstSeen: number | undefined;
  readonly lastSeen: number | undefined;
  readonly idle: boolean;
}

async function kept(store: SqliteBackend, query: SummaryQuery): Promise<Map<string, Kept>> {
  const found = await store.summaries(query);
  const stale = new Set(found.filter((one) => one.stale).map(({ name }) => name));
  const heard = new Set(found.filter(({ instances }) => instances.length > 0).map((one) => inputKey(one.name, one)));
  const entries = found.flatMap((one): [string, Kept][] => {
    const { firstSeen, lastSeen, name, kind, merge, instances, ...rest } = one;
    const inputs = name === "level.share" ? ["level.sum", "level.max"] : name === "hit_rate" ? [] : [name];
    const idle = inputs.some((input) => !heard.has(inputKey(input, one)));
    // Contract 4: undefined without an input; and contract 23: hours may know that input of an idle instance longer.
    if (kind === "derived" && idle && one.value === undefined) return [];
    const numbers: { -readonly [field in keyof MetricSummary]?: MetricSummary[field] } = {};
    // Contract 23: a gauge is kept by minute or hour, so how often it was stated is not.
    if (kind === "gauge") Object.assign(numbers, { count: undefined, mean: undefined });
    if (!query.byInstance) {
      // Contracts 23 and 23b: rollups are per instance, and state their resolution: which of several instances had the last
      // word in an hour, and which of their values met, is not known. What follows from each instance's own numbers is.
      const lastWord = kind !== "gauge" || merge === "last" || one.stale;
      if (lastWord) numbers.last = undefined;
      if (kind === "gauge" && merge !== "max") numbers.max = undefined;
      if (kind === "gauge") numbers.min = undefined;
      if (name === "level.share" && (stale.has("level.sum") || stale.has("level.max"))) return [];
    }
    const mean = kind === "gauge" && (query.byInstance || merge === "sum") ? one.mean : undefined;
    const summary = { ...rest, ...numbers, name, kind, merge, instances };
    const key = JSON.stringify([name, one.tags, one.instance?.writerId]);
    return [[key, { summary, gaugeMean: mean, firstSeen, lastSeen, idle }]];
  });
  return new Map(entries);
}

/**
 * Where a rolled up store answers something that cannot be, of a window that begins and ends anywhere. Contract 23: what lies
 * in an hour is known to the hour, so the answer is between those for the full hours in the window and those that it touches.
 */
async function impossible(
  plain: SqliteBackend,
  rolled: SqliteBackend,
  { from, to }: SummaryQuery,
): Promise<string | undefined> {
  const key = ({ name, tags, instance }: MetricSummary): string => JSON.stringify([name, tags, instance?.writerId]);
  const of = async (store: SqliteBackend, begin: number, end: number): Promise<Map<string, MetricSummary>> =>
    new Map((await store.summaries({ from: begin, to: end, byInstance: true })).map((one) => [key(one), one]));
  const [inner, outer] = [Math.ceil(from / HOUR) * HOUR, Math.floor(from / HOUR) * HOUR];
  const most = await of(plain, outer, Math.ceil(to / HOUR) * HOUR);
  const least = await of(plain, inner, Math.max(inner, Math.floor(to / HOUR) * HOUR));
  for (const [name, { kind, count, sum = 0, min, max, mean }] of await of(rolled, from, to)) {
    const [low, high] = [least.get(name), most.get(name)];
    if (kind !== "derived" && high === undefined && count > 0) return `${name} is new`;
    if (kind === "derived" || high === undefined) continue;
    const wrong =
      kind === "gauge"
        ? min! < high.min! || max! > high.max! || mean! < min! || mean! > max!
        : count > high.count || count < (low?.count ?? 0) || (kind === "counter" && sum > high.sum! + 1e-6);
    if (wrong) return `${name}: ${JSON.stringify({ count, sum, min, max, mean, low, high })}`;
  }
  return undefined;
}

const inputKey = (name: string, { instance }: MetricSummary): string => `${name} ${instance?.writerId}`;

/** Where a rolled up store answers something that one with every flush does not. */
async function deviation(
  plain: SqliteBackend,
  rolled: SqliteBackend,
  query: SummaryQuery,
): Promise<string | undefined> {
  const [exact, found] = [await kept(plain, query), await kept(rolled, query)];
  for (const [key, { summary, gaugeMean, firstSeen, lastSeen }] of exact) {
    const other = found.get(key);
    if (other === undefined) return `${key} is missing`;
    const differs =
      difference(summary, other.summary, 1e-9, key) ?? difference(gaugeMean, other.gaugeMean, 1e-6, `${key}.mean`);
    if (differs !== undefined) return differs;
    // Contract 23: a rolled up row stands at the end of its hour.
    for (const [at, time] of [
      [firstSeen, other.firstSeen],
      [lastSeen, other.lastSeen],
    ]) {
      if (at === time) continue;
      if (at === undefined || time === undefined || time < at || time >= at + HOUR) return `${key} seen ${at}, ${time}`;
    }
  }
  // For the same reason a store of hours may know somewhat longer of what is idle.
  for (const [key, { idle }] of found) if (!idle && !exact.has(key)) return `${key} is new`;
  return undefined;
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
      expect(await deviation(plain, rolled, window), JSON.stringify(window)).toBe(undefined);
    }
    for (let query = 0; query < 15; query++) {
      const from = start + random.next() * hours * HOUR;
      const window = { from, to: from + random.next() ** 2 * hours * HOUR };
      expect(await impossible(plain, rolled, window), JSON.stringify(window)).toBe(undefined);
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
      // A query that fits in one page does not give the job its turn.
      await new Promise((resolve) => setImmediate(resolve));
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

  it("do not hide what an instance with a long flush interval has stated since", async () => {
    const store = folder.open(QUICK);
    const start = Math.ceil(folder.clock.now() / HOUR) * HOUR;
    const busy = new TestInstance({ start, flushIntervalSeconds: 30 });
    const slow = new TestInstance({ start: start - 920, flushIntervalSeconds: 1200 });
    // The last flush of an hour lies far enough before its end, and that of the hour before just near enough, for an hour as a
    // row to be found sooner than a later flush.
    const intervals = [1560, 1200, 1200, 1200, 2040];
    let stated = 0;
    for (let hours = 2; hours <= 24; hours += 2) {
      for (const seconds of intervals) store.writeSync(slow.flush([gaugePoint("level", ++stated)], { seconds }));
      store.writeSync(busy.flush([counterPoint("calls", 1)]));
      while (busy.end < start + hours * HOUR) store.writeSync(busy.flush([counterPoint("calls", 1)]));
      folder.clock.advance(busy.end - folder.clock.now());
      sealDue(folder.dbPath, folder.clock);
      for (let from = 2; from < hours; from += 2) {
        const window = { match: "level", from: start + from * HOUR, to: start + hours * HOUR };
        const [level] = await store.summaries(window);
        expect(level).toMatchObject({ min: (from / 2) * intervals.length, max: stated, last: stated, stale: false });
      }
    }
    expect(rows("SELECT DISTINCT resolution FROM metrics")).toHaveLength(3);
  });

  it("keep the extremes of a gauge that hardly changes", async () => {
    const store = folder.open(QUICK);
    const instance = new TestInstance({ start: folder.clock.now() });
    const usual = 2 ** 33;
    for (let flush = 0; flush < 10_000; flush++) {
      const level = usual + (flush === 1000 ? 1 : flush === 1500 ? -1 : 0);
      store.writeSync(instance.flush([gaugePoint("level", level)]));
    }
    folder.clock.advance(100_000);
    sealDue(folder.dbPath, folder.clock);
    const [level] = await store.summaries({ from: 0, to: folder.clock.now() });
    expect(level).toMatchObject({ min: usual - 1, max: usual + 1, last: usual });
    expect(rows("SELECT 1 FROM metrics WHERE timestamp < 1700020000 AND resolution < 3600")).toEqual([]);
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
