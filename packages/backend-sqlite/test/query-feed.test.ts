import { counterPoint, gaugePoint, TestInstance, timerPoint } from "@giflab/backend-testkit";
import { SeriesAggregation, type SeriesQuery, SummaryAggregation, type SummaryQuery } from "@giflab/metrics-core";
import { afterEach, describe, expect, it, vi } from "vitest";
import { openWriter } from "../src/open-writer.ts";
import { streamPoints } from "../src/point-stream.ts";
import { answerQuery } from "../src/query-feed.ts";
import { seriesReading, summaryReading } from "../src/query-reading.ts";
import type { ViewSource } from "../src/read-steps.ts";
import { resolveSqliteOptions } from "../src/sqlite-options.ts";
import { StoreReader } from "../src/store-reader.ts";
import { Upkeep } from "../src/upkeep.ts";
import { StoreFolder } from "./store-folder.ts";

const folder = new StoreFolder();
const HOUR = 3600;
afterEach(() => void vi.restoreAllMocks());

describe("a query", () => {
  it("sees gauges and idle counters that were stated before its window", async () => {
    const store = folder.open();
    const instance = new TestInstance();
    store.writeSync(instance.flush([gaugePoint("level", 3), counterPoint("calls", 5), timerPoint("load", [1])]));
    for (let flush = 0; flush < 40; flush++) store.writeSync(instance.flush());
    const found = await store.summaries({ from: instance.end - 60, to: instance.end });
    expect(found.map(({ name, sum, last, count, stale }) => [name, sum, last, count, stale])).toEqual([
      ["calls", 0, undefined, 0, false],
      ["level", undefined, 3, 0, false],
      ["load", 0, undefined, 0, false],
    ]);
  });

  it("takes the latest of several earlier statements", async () => {
    const store = folder.open();
    const instance = new TestInstance();
    for (let value = 1; value <= 30; value++) store.writeSync(instance.flush([gaugePoint("level", value)]));
    const [level] = await store.summaries({ from: instance.end, to: instance.end + 10 });
    expect(level).toMatchObject({ last: 30, count: 0, stale: false });
  });

  it("takes no row for another that had its id, however often it was asked", async () => {
    const store = folder.open();
    const one = new TestInstance({ start: folder.clock.now() });
    const calls = async (): Promise<number | undefined> =>
      (await store.summaries({ match: "calls", from: 0, to: folder.clock.now() + 1000 }))[0]?.sum;
    store.writeSync(one.flush([counterPoint("calls", 1)]));
    store.writeSync(one.flush([counterPoint("calls", 10)]));
    for (let time = 0; time < 2; time++) expect(await calls()).toBe(11);
    folder.change("DELETE FROM metrics WHERE seq = 2");
    store.writeSync(one.flush([counterPoint("calls", 100)]));
    expect(folder.number("SELECT max(id) FROM metrics")).toBe(2);
    for (let time = 0; time < 2; time++) expect(await calls()).toBe(101);
    await store.clear();
    const other = new TestInstance({ start: folder.clock.now() });
    store.writeSync(other.flush([counterPoint("calls", 1000)]));
    for (let time = 0; time < 2; time++) expect(await calls()).toBe(1000);
  });

  it("counts an instance that writes every half hour beside one that writes every ten seconds", async () => {
    const store = folder.open();
    const slow = new TestInstance({ flushIntervalSeconds: 1800 });
    const fast = new TestInstance({ start: slow.end + 1800 + 1400 });
    store.writeSync(slow.flush([gaugePoint("level", 3, { merge: "sum" })]));
    for (let i = 0; i < 10; i++) store.writeSync(fast.flush([gaugePoint("level", 1, { merge: "sum" })]));
    const [level] = await store.summaries({ from: fast.end - 50, to: fast.end });
    expect(level).toMatchObject({ last: 4, stale: false });
  });

  it("prefers the instance that ended last for a gauge that nobody alive states", async () => {
    const store = folder.open();
    for (const value of [1, 2, 3]) {
      const instance = new TestInstance({ start: folder.clock.now() + value * 1000 });
      store.writeSync(instance.flush([gaugePoint("level", value)], { final: true }));
    }
    const from = folder.clock.now() + 86_400;
    const alive = new TestInstance({ start: from });
    store.writeSync(alive.flush([counterPoint("calls", 1)]));
    const [, level] = await store.summaries({ from, to: alive.end });
    expect(level).toMatchObject({ name: "level", last: 3, stale: true });
  });

  it("reads a long window in many short transactions and still answers as one", async () => {
    const store = folder.open();
    const instance = new TestInstance();
    const points = Array.from({ length: 200 }, (_, i) => timerPoint(`t${i}`, [0.1, 0.2, 0.3]));
    for (let flush = 0; flush < 150; flush++) store.writeSync(instance.flush(points));
    let turns = 0;
    let answered = false;
    const turn = (): void => {
      turns++;
      if (!answered) setImmediate(turn);
    };
    setImmediate(turn);
    const found = await store.summaries({ from: 0, to: instance.end });
    answered = true;
    expect(found).toHaveLength(200);
    expect(found.every(({ count, p50 }) => count === 450 && Math.abs(p50! - 0.2) < 0.002)).toBe(true);
    expect(turns).toBeGreaterThan(1);
  });
});

describe("a query in the middle of which everything moves", () => {
  /** Minutes after an hour, hours after six. */
  const QUICK = { rawHours: 1, retentionDays: 0.25 };
  const INSTANCES = 2;
  const FLUSHES = 2160;

  /** Six hours that nobody has packed. */
  function record(): { readonly from: number; readonly to: number } {
    const store = folder.open(QUICK);
    const from = Math.ceil(folder.clock.now() / HOUR) * HOUR;
    const instances = Array.from({ length: INSTANCES }, () => new TestInstance({ start: from }));
    for (let flush = 0; flush < FLUSHES; flush++) {
      for (const instance of instances) {
        const points = [
          counterPoint("calls", 1),
          gaugePoint("level", flush, { merge: "sum" }),
          timerPoint("load", [flush]),
        ];
        store.writeSync(instance.flush(points));
      }
    }
    folder.clock.advance(instances[0]!.end - folder.clock.now());
    return { from, to: folder.clock.now() };
  }

  /** Reads of which each is followed by `steps` steps of upkeep, and by ten minutes in which more becomes due. */
  function packedBetween(steps: number): { readonly source: ViewSource; readonly reads: () => number } {
    // Every look at the clock takes 0.1 ms, so that a step ends after some rows however fast they are read.
    let time = 0;
    vi.spyOn(performance, "now").mockImplementation(() => (time += 0.1));
    const reader = new StoreReader(
      folder.dbPath,
      () => {},
      () => {},
    );
    const writer = openWriter(resolveSqliteOptions({ dbPath: folder.dbPath, clock: folder.clock }));
    const upkeep = new Upkeep();
    let job = upkeep.run(writer, folder.clock.now());
    let reads = 0;
    const read: ViewSource["read"] = async (work) => {
      const result = await reader.read(work);
      reads++;
      for (let step = 0; step < steps; step++) {
        if (job.next().done !== true) continue;
        folder.clock.advance(600);
        job = upkeep.run(writer, folder.clock.now());
        break;
      }
      return result;
    };
    folder.onEnd(() => {
      reader.close();
      writer.connection.close();
    });
    return { source: { read }, reads: () => reads };
  }

  for (const steps of [1, 12, Number.POSITIVE_INFINITY]) {
    it(`gives every point once and in order of time, with ${steps} steps of upkeep between every two reads`, async () => {
      const query = record();
      const { source, reads } = packedBetween(steps);
      const [sums, resolutions] = [new Map<string, number>(), new Set<number>()];
      let latest = query.from;
      for await (const point of streamPoints(source, query)) {
        expect(point.timestamp).toBeGreaterThanOrEqual(latest);
        latest = point.timestamp;
        resolutions.add(point.resolutionSeconds);
        if (point.kind === "counter") sums.set("calls", (sums.get("calls") ?? 0) + point.value);
        else if (point.kind === "timer") sums.set("load", (sums.get("load") ?? 0) + point.sum);
      }
      expect(reads()).toBeGreaterThan(5);
      const count = INSTANCES * FLUSHES;
      expect(Object.fromEntries(sums)).toEqual({ calls: count, load: count * ((FLUSHES - 1) / 2) });
      if (steps === Number.POSITIVE_INFINITY) expect(resolutions.size).toBeGreaterThan(1);
    });

    it(`gives a summary that counts everything once, with ${steps} steps of upkeep between every two reads`, async () => {
      const query: SummaryQuery = record();
      const { source, reads } = packedBetween(steps);
      const aggregate = (): SummaryAggregation => new SummaryAggregation(query, []);
      const [calls, level, load] = (await answerQuery(source, query, summaryReading(query), aggregate, 0)).finish();
      expect(reads()).toBeGreaterThan(20);
      const count = INSTANCES * FLUSHES;
      expect(calls).toMatchObject({ sum: count, count, covered: FLUSHES * 10 });
      expect(load).toMatchObject({
        count,
        sum: count * ((FLUSHES - 1) / 2),
        min: 0,
        max: FLUSHES - 1,
        last: FLUSHES - 1,
      });
      expect(level).toMatchObject({ last: INSTANCES * (FLUSHES - 1), max: INSTANCES * (FLUSHES - 1) });
    });

    it(`gives series that count everything once, with ${steps} steps of upkeep between every two reads`, async () => {
      const query: SeriesQuery = { ...record(), match: "calls", stepSeconds: HOUR, statistic: "sum" };
      const { source } = packedBetween(steps);
      const aggregate = (): SeriesAggregation => new SeriesAggregation(query, []);
      const [calls] = (await answerQuery(source, query, seriesReading(query), aggregate, 0)).finish();
      expect(calls!.points.map(([, sum]) => sum)).toEqual(new Array(6).fill(INSTANCES * 360));
    });
  }
});
