import { readFileSync } from "node:fs";
import { InfluxdbBackend } from "@giflab/backend-influxdb";
import { counterPoint, gaugePoint, SeededRandom, TEST_START, TestInstance, timerPoint } from "@giflab/backend-testkit";
import { describeWith, type HttpReceiver, startInfluxdb } from "@giflab/backend-testkit/receivers";
import type { NamedDefinition } from "@giflab/metrics-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { influxql, type ResultSeries } from "./influxql.ts";

/** A whole number of minutes, so that intervals begin where the data does. */
const START = Math.ceil(TEST_START / 60) * 60;
const MINUTES = 3;
const FLUSHES = 18 * MINUTES;

const hitRate: NamedDefinition = {
  name: "cache.frame.hit_rate",
  kind: "derived",
  formula: "cache.frame.hits / (cache.frame.hits + cache.frame.misses)",
};

/** The statements in docs/backends/influxdb.md by the name in their first line. */
function documented(): Map<string, string> {
  const text = readFileSync(new URL("../../../docs/backends/influxdb.md", import.meta.url), "utf8");
  const blocks = text.matchAll(/```sql\n-- (.*)\n([^`]*)```/g);
  return new Map([...blocks].map(([, name, statement]) => [name!, statement!.replace(/\s+/g, " ")]));
}

describeWith(["influxd"], "the documented queries on a real InfluxDB", () => {
  const random = new SeededRandom();
  const durations: { readonly at: number; readonly seconds: number }[] = [];
  let server: HttpReceiver;

  beforeAll(async () => {
    server = await startInfluxdb();
    const backend = new InfluxdbBackend({ url: server.url, database: "docs", createDatabase: true });
    // The second one begins later, and ends: a restart in the middle of it all.
    const options = { flushIntervalSeconds: 10 / 3, derived: [hitRate] };
    const [first, second] = [
      new TestInstance({ ...options, start: START }),
      new TestInstance({ ...options, start: START + 60 }),
    ];
    for (const [instance, flushes] of [
      [first, FLUSHES],
      [second, FLUSHES / 3],
    ] as const) {
      for (let i = 0; i < flushes; i++) {
        const seconds = Array.from({ length: 10 }, () => random.duration(0.004, 1));
        const points = [
          counterPoint("cache.frame.hits", 6, { tags: { tier: i % 2 === 0 ? "memory" : "disk" } }),
          ...(i % 3 === 0 ? [counterPoint("cache.frame.misses", 6)] : []),
          ...(i === 0 ? [gaugePoint("cache.frame.memory_usage_mb", 2.5)] : []),
          timerPoint("cache.frame.operation.duration", seconds, { tags: { operation: "get" } }),
        ];
        const snapshot = instance.flush(points, { final: instance === second && i === flushes - 1 });
        for (const one of seconds) durations.push({ at: snapshot.end, seconds: one });
        await backend.write(snapshot);
      }
    }
    await backend.close();
    expect(backend.rejectedLines).toBe(0);
  });
  afterAll(() => server?.receiver.stop());

  /** A documented statement as Grafana would ask it for the three minutes, which end with the last flush. */
  async function ask(name: string): Promise<readonly ResultSeries[]> {
    const statement = documented().get(name);
    if (statement === undefined) throw new Error(`docs/backends/influxdb.md has no query "${name}"`);
    const [from, to] = [START * 1000, (START + 60 * MINUTES) * 1000 + 1];
    return influxql(
      server.url,
      "docs",
      statement
        .replaceAll("$timeFilter", `time >= ${from}ms AND time < ${to}ms`)
        .replaceAll("$__interval_ms", "60000")
        .replaceAll("$__interval", "1m"),
    );
  }

  /** The values of a minute: InfluxQL's intervals hold their beginning, and not their end. */
  const within = (minute: number) =>
    durations
      .filter(({ at }) => Math.floor((Math.round(at * 1000) - START * 1000) / 60_000) === minute)
      .map(({ seconds }) => seconds)
      .sort((a, b) => a - b);

  it("gives the rate over all processes, a restart included", async () => {
    const [series] = await ask("rate");
    const sums = series!.values.map(([, rate]) => (rate as number) * 60);
    // 6 hits a flush; the last flush of the first process ends with the third minute, and begins the fourth.
    expect(sums).toEqual([6 * 17, 6 * (18 + 17), 6 * (18 + 1), 6]);
  });

  it("gives the hit rate of its counters, whatever tags they have", async () => {
    const [series] = await ask("hit rate");
    for (const [, rate] of series!.values.slice(0, 3)) expect(rate).toBeCloseTo(0.75, 1);
    const [all] = await influxql(
      server.url,
      "docs",
      'SELECT sum("cache.frame.hits") / (sum("cache.frame.hits") + sum("cache.frame.misses")) FROM "cache.frame.hit_rate"',
    );
    expect(all!.values[0]![1]).toBe(0.75);
  });

  it("gives a p95 from merged buckets that lies in the bucket of the true one", async () => {
    const [series] = await ask("p95");
    expect(series!.values.length).toBeGreaterThanOrEqual(MINUTES);
    for (let minute = 0; minute < MINUTES; minute++) {
      const values = within(minute);
      const truth = values[Math.ceil(0.95 * values.length) - 1]!;
      const p95 = series!.values[minute]![1] as number;
      const bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25];
      const upper = bounds.findIndex((bound) => truth <= bound);
      const seed = `seed ${random.seed}, true p95 ${truth}, got ${p95}`;
      // A bucket of the sketch that a bound divides lies on one side of it: 0.8 % of room.
      expect(p95, seed).toBeLessThanOrEqual(bounds[upper]! * 1.008);
      expect(p95, seed).toBeGreaterThanOrEqual(bounds[upper - 1]! * 0.992);
    }
  });

  it("gives the share of operations within a bound", async () => {
    const [series] = await ask("share within 5 ms");
    for (let minute = 0; minute < MINUTES; minute++) {
      const values = within(minute);
      const [below, above] = [0.0049, 0.0051].map(
        (limit) => values.filter((one) => one <= limit).length / values.length,
      );
      expect(series!.values[minute]![1], `seed ${random.seed}`).toBeGreaterThanOrEqual(below!);
      expect(series!.values[minute]![1], `seed ${random.seed}`).toBeLessThanOrEqual(above!);
    }
  });

  it("gives the exact mean and largest value", async () => {
    const [series] = await ask("mean and largest");
    expect(series!.columns).toEqual(["time", "mean", "largest"]);
    for (let minute = 0; minute < MINUTES; minute++) {
      const values = within(minute);
      const [, mean, largest] = series!.values[minute]!;
      expect(mean).toBeCloseTo(values.reduce((total, one) => total + one, 0) / values.length, 12);
      expect(largest).toBe(values.at(-1));
    }
  });

  it("shows a gauge that did not change for each process, and its sum", async () => {
    const series = await ask("gauge by process");
    expect(series.map(({ values }) => values[2]![1])).toEqual([2.5, 2.5]);
    expect((await ask("gauge sum"))[0]!.values[0]![1]).toBe(5);
  });

  it("counts the processes that are alive, and not the one that ended", async () => {
    expect((await ask("alive"))[0]!.values[0]![1]).toBe(1);
  });

  it("runs every query of the page", () => {
    const tested = ["rate", "hit rate", "p95", "share within 5 ms", "mean and largest"];
    expect([...documented().keys()]).toEqual([...tested, "gauge by process", "gauge sum", "alive"]);
  });
});
