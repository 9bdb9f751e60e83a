import { counterPoint, gaugePoint, SeededRandom, TestInstance, timerPoint } from "@giflab/backend-testkit";
import type {
  MetricPoint,
  MetricSeries,
  MetricSummary,
  SeriesQuery,
  SeriesStatistic,
  SummaryQuery,
} from "@giflab/metrics-core";
import { describe, expect, it } from "vitest";
import type { SqliteBackend } from "../src/index.ts";
import { difference } from "./close-to.ts";
import { madeUpFleet } from "./made-up-fleet.ts";
import { sealDue } from "./sealed-store.ts";
import { StoreFolder } from "./store-folder.ts";

const folder = new StoreFolder();
const HOUR = 3600;
/** Everything stays at the resolution it was written with. */
const RAW = { rawHours: 24 * 30, retentionDays: 30 };
const STATISTICS: readonly SeriesStatistic[] = ["p95", "rate", "sum", "count", "mean", "max", "last", "p99"];

async function allPoints(store: SqliteBackend, query: Partial<SummaryQuery> = {}): Promise<MetricPoint[]> {
  const points: MetricPoint[] = [];
  for await (const point of store.points(query)) points.push(point);
  const key = ({ timestamp, instance, name, tags }: MetricPoint): string =>
    JSON.stringify([timestamp, instance.writerId, name, tags]);
  return points
    .map((point) => [key(point), point] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, point]) => point);
}

/** By name, tags and instance. */
async function summariesOf(store: SqliteBackend, query: SummaryQuery): Promise<Map<string, MetricSummary>> {
  const summaries = await store.summaries(query);
  return new Map(summaries.map((one) => [JSON.stringify([one.name, one.tags, one.instance?.writerId]), one]));
}

async function seriesOf(store: SqliteBackend, query: SeriesQuery): Promise<Map<string, MetricSeries>> {
  return new Map((await store.series(query)).map((one) => [JSON.stringify([one.name, one.tags]), one]));
}

/**
 * Where a sealed store answers something else. Contract 3 wants the last known value of a gauge that nobody alive states; how
 * far back that is looked for is bounded by rows read, and as a block is one of them, a sealed store may know more of these.
 */
function deviation<T>(
  plain: ReadonlyMap<string, T>,
  sealed: ReadonlyMap<string, T>,
  unheard: (one: T) => boolean,
): string | undefined {
  for (const [key, one] of plain) {
    const found = difference(one, sealed.get(key), 1e-9, key);
    if (found !== undefined) return found;
  }
  for (const [key, one] of sealed) if (!plain.has(key) && !unheard(one)) return `${key} is new`;
  return undefined;
}

const staleGauge = ({ stale, instances }: MetricSummary): boolean => stale && instances.length === 0;
const silentGauge = ({ kind, points }: MetricSeries): boolean =>
  kind === "gauge" && points.every(([, value]) => value === null);

describe("a store that is sealed at random moments", () => {
  it("answers every query as one that is not", { timeout: 60_000 }, async () => {
    const random = new SeededRandom();
    console.log(`seed ${random.seed}`);
    const start = folder.clock.now();
    const hours = process.env["GIFLAB_TEST_LONG"] === "1" ? 40 : 8;
    const sealed = folder.open();
    const plain = folder.open({ dbPath: `${folder.path}/plain.db` });
    for (const snapshot of madeUpFleet(random, start, hours)) {
      folder.clock.advance(Math.max(0, snapshot.end - folder.clock.now()));
      sealed.writeSync(snapshot);
      plain.writeSync(snapshot);
      if (random.integer(600) === 0) sealDue(folder.dbPath, folder.clock, RAW);
    }
    expect(sealDue(folder.dbPath, folder.clock, RAW)).toBeGreaterThan(2);
    const now = folder.clock.now();
    const lasting = { from: start, to: now, service: "every-30" };
    const writers = (await plain.summaries(lasting)).flatMap(({ instances }) => instances);
    for (let query = 0; query < 60; query++) {
      const from = start - 100 + random.next() * (now - start);
      const to = from + random.next() ** 2 * (now - from + 2 * HOUR);
      const selector = [
        {},
        { match: "level.*" },
        { match: ["hits", "load"], service: "job" },
        { tags: { route: "a" } },
        { instance: writers[random.integer(writers.length)]! },
      ][query % 5]!;
      const window = { ...selector, from: query % 7 === 0 ? start - HOUR : from, to };
      const summaries = { ...window, byInstance: random.integer(3) === 0, collapseTags: random.integer(3) === 0 };
      expect(
        deviation(await summariesOf(plain, summaries), await summariesOf(sealed, summaries), staleGauge),
        JSON.stringify(summaries),
      ).toBe(undefined);
      const stepSeconds = [60, 600, HOUR, 5 * HOUR, 37][query % 5]!;
      const series = {
        ...window,
        stepSeconds: Math.max(stepSeconds, (to - window.from) / 10_000),
        ...(query % 3 === 0 ? {} : { statistic: STATISTICS[query % 8]! }),
      };
      expect(
        deviation(await seriesOf(plain, series), await seriesOf(sealed, series), silentGauge),
        JSON.stringify(series),
      ).toBe(undefined);
      if (query % 6 > 0) continue;
      expect(difference(await allPoints(plain, window), await allPoints(sealed, window)), JSON.stringify(window)).toBe(
        undefined,
      );
    }
  });
});

/** Flushes for some hours, every ten seconds. */
function record(store: SqliteBackend, instance: TestInstance, flushes: number): void {
  for (let flush = 0; flush < flushes; flush++) {
    store.writeSync(
      instance.flush([counterPoint("calls", 1), gaugePoint("level", flush), timerPoint("load", [0.1, 0.2])]),
    );
    folder.clock.advance(10);
  }
}

describe("sealing", () => {
  it("leaves the last ten minutes and unfinished hours as they are", () => {
    const store = folder.open();
    record(store, new TestInstance({ start: folder.clock.now() }), 800);
    expect(sealDue(folder.dbPath, folder.clock)).toBe(2);
    const youngest = folder.number("SELECT max(timestamp) FROM metrics WHERE block IS NOT NULL");
    expect(youngest).toBeLessThanOrEqual(folder.clock.now() - 600);
    expect(youngest % HOUR).toBe(0);
    expect(sealDue(folder.dbPath, folder.clock)).toBe(2);
  });

  it("joins the rows of many short-lived processes in one block", () => {
    const store = folder.open();
    for (let job = 0; job < 400; job++) record(store, new TestInstance({ start: folder.clock.now() }), 3);
    expect(sealDue(folder.dbPath, folder.clock)).toBeLessThanOrEqual(4);
    expect(folder.number("SELECT max(length(data)) FROM chunk")).toBeLessThan(2500);
  });

  it("gives late rows a block of their own, and nothing is counted twice", async () => {
    const store = folder.open();
    const instance = new TestInstance({ start: folder.clock.now() });
    const late = new TestInstance({ start: folder.clock.now() });
    record(store, instance, 1000);
    sealDue(folder.dbPath, folder.clock);
    record(store, late, 300);
    folder.clock.advance(86_400);
    expect(sealDue(folder.dbPath, folder.clock)).toBeGreaterThan(0);
    expect(folder.number("SELECT count(*) FROM metrics WHERE block IS NULL")).toBe(0);
    const [calls] = await store.summaries({ match: "calls", from: 0, to: folder.clock.now() });
    expect(calls).toMatchObject({ sum: 1300, count: 1300, covered: 10_000 });
  });

  it("leaves out samples whose rows are deleted by hand, and the block goes with its last row", async () => {
    const store = folder.open();
    const instance = new TestInstance({ start: folder.clock.now() });
    record(store, instance, 1000);
    sealDue(folder.dbPath, folder.clock);
    const blocks = folder.number("SELECT count(*) FROM block");
    folder.change("DELETE FROM metrics WHERE seq % 2 = 0");
    const [calls, level, load] = await store.summaries({ from: 0, to: folder.clock.now() });
    expect(calls).toMatchObject({ sum: 500, covered: 5000 });
    expect(level).toMatchObject({ count: 500 });
    expect(load).toMatchObject({ count: 1000, sum: expect.closeTo(150, 6) });
    expect(await allPoints(store)).toHaveLength(1500);
    folder.change("DELETE FROM metrics WHERE block = (SELECT min(id) FROM block)");
    expect(folder.number("SELECT count(*) FROM block")).toBe(blocks - 1);
    expect(folder.number("SELECT count(*) FROM chunk WHERE block NOT IN (SELECT id FROM block)")).toBe(0);
  });

  it("leaves a row that is damaged as it is and seals the others", async () => {
    const store = folder.open();
    record(store, new TestInstance({ start: folder.clock.now() }), 1000);
    folder.change("UPDATE metrics SET data = x'0102' WHERE seq = 5");
    expect(sealDue(folder.dbPath, folder.clock)).toBeGreaterThan(1);
    expect(folder.number("SELECT seq FROM metrics WHERE block IS NULL ORDER BY timestamp")).toBe(5);
    await expect(store.summaries({ from: 0, to: folder.clock.now() })).rejects.toThrow(
      /row \d+ of table metrics is damaged/,
    );
    folder.change("DELETE FROM metrics WHERE seq = 5");
    const [calls] = await store.summaries({ match: "calls", from: 0, to: folder.clock.now() });
    expect(calls?.sum).toBe(999);
  });

  it("names a damaged block with the statement that removes it", async () => {
    const store = folder.open();
    record(store, new TestInstance({ start: folder.clock.now() }), 1000);
    sealDue(folder.dbPath, folder.clock);
    folder.change("UPDATE chunk SET sketch = x'ff' WHERE block = (SELECT max(id) FROM block)");
    const error = await store.summaries({ from: 0, to: folder.clock.now() }).catch((cause: Error) => cause);
    const sql = /DELETE FROM metrics WHERE block = \d+;/.exec((error as Error).message);
    folder.change(sql![0]);
    expect(await store.summaries({ from: 0, to: folder.clock.now() })).toHaveLength(3);
  });

  it("acknowledges a repeated delivery of what is sealed and ignores it", async () => {
    const store = folder.open();
    const instance = new TestInstance({ start: folder.clock.now() });
    const first = instance.flush([counterPoint("calls", 10)]);
    store.writeSync(first);
    record(store, instance, 1000);
    sealDue(folder.dbPath, folder.clock);
    store.writeSync(first);
    const [calls] = await store.summaries({ match: "calls", from: 0, to: instance.end });
    expect(calls?.sum).toBe(1010);
  });
});
