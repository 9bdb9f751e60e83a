import { StatsdBackend, type StatsdOptions } from "@giflab/backend-statsd";
import {
  counterPoint,
  gaugePoint,
  SeededRandom,
  sketchOf,
  snapshotOf,
  TestInstance,
  timerPoint,
} from "@giflab/backend-testkit";
import { eventually } from "@giflab/backend-testkit/receivers";
import { MergedSketch, type MetricSnapshot, MetricsCollector } from "@giflab/metrics-core";
import { describe, expect, it } from "vitest";
import { EtsyServer } from "./etsy-server.ts";

const quantile = (values: readonly number[], q: number): number => {
  const sketch = new MergedSketch();
  sketch.add(sketchOf(values));
  return sketch.quantile(q)!;
};

describe.each(["udp", "tcp"] as const)("the original StatsD server over %s", (protocol) => {
  /** What the server makes of the snapshots at its end. */
  const flushOf = async (options: StatsdOptions, ...snapshots: MetricSnapshot[]) => {
    await using server = await EtsyServer.start();
    const backend = new StatsdBackend({ protocol, port: server.port, ...options });
    for (const snapshot of snapshots) await backend.write(snapshot);
    await backend.write(snapshotOf({ points: [counterPoint("the-end", 1)] }));
    await backend.close();
    await server.hasRead(`${options.prefix === undefined ? "" : `${options.prefix}.`}the-end`);
    return server.halt();
  };

  it("counts what we count, and reads gauges below zero", async () => {
    const instance = new TestInstance();
    const points = (delta: number, depth: number) => [
      counterPoint("hits", delta, { tags: { tier: "memory" } }),
      counterPoint("fraction", 0.25),
      gaugePoint("depth", depth),
      gaugePoint("level", 2.5),
    ];
    const flushes = [instance.flush(points(3, 7)), instance.flush(points(4, -5)), instance.flush(points(5, -12.5))];
    const { counters, gauges } = await flushOf({ prefix: "app" }, ...flushes);
    expect(counters).toMatchObject({ "app.hits.tier--memory": 12, "app.fraction": 0.75, "statsd.bad_lines_seen": 0 });
    expect(gauges).toMatchObject({ "app.depth": -12.5, "app.level": 2.5 });
  });

  it("keeps tags for Graphite", async () => {
    const tags = { tier: "memory", path: "/a b" };
    const points = [counterPoint("hits", 3, { tags }), timerPoint("load", [0.25], { tags: { tier: "disk" } })];
    const { counters, timers } = await flushOf({ dialect: "graphite" }, snapshotOf({ points }));
    expect(Object.keys(counters)).toContainEqual(expect.stringMatching(/^hits;path=_a_b-[0-9a-f]{8};tier=memory$/));
    expect(timers["load;tier=disk"]).toMatchObject({ count: 1, upper: 250 });
  });

  it("has our count, and our p50 and p90 within 3 %, of log-normal values", async () => {
    const random = new SeededRandom();
    const seed = `seed ${random.seed}`;
    const counts = [3001, 5000, 12_345, 100_000];
    const recorded = counts.map((count) => Array.from({ length: count }, () => random.duration(0.01, 1)));
    const points = recorded.map((values, place) => timerPoint(`load.${place}`, values));
    const { timers, counters } = await flushOf({}, snapshotOf({ points }));
    expect(counters["statsd.bad_lines_seen"]).toBe(0);
    for (const [place, values] of recorded.entries()) {
      const load = timers[`load.${place}`]!;
      expect(Math.round(load["count"]!), seed).toBe(values.length);
      expect(Math.abs(load["count"]! / values.length - 1), seed).toBeLessThan(1e-12);
      expect(Math.abs(load["median"]! / 1000 / quantile(values, 0.5) - 1), seed).toBeLessThan(0.03);
      expect(Math.abs(load["upper_50"]! / 1000 / quantile(values, 0.5) - 1), seed).toBeLessThan(0.03);
      expect(Math.abs(load["upper_90"]! / 1000 / quantile(values, 0.9) - 1), seed).toBeLessThan(0.03);
      expect(load["upper"]! / 1000, seed).toBeCloseTo(Math.max(...values), 8);
    }
  });
});

it("gets everything of a collector, to its last flush at close", async () => {
  await using server = await EtsyServer.start();
  const backend = new StatsdBackend({ protocol: "tcp", port: server.port });
  const collector = new MetricsCollector({ backends: [backend], handleSignals: false });
  const jobs = collector.counter("jobs");
  for (let i = 0; i < 1000; i++) jobs.add(1);
  await collector.flush();
  jobs.add(1);
  await collector.close();
  await server.halt();
  await eventually(() => server.total("jobs") === 1001, { describe: () => `${server.total("jobs")} jobs` });
  expect(backend.bytesInFlight).toBe(0);
});
