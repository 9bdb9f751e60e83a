import { describe, expect, it } from "vitest";
import { ManualClock, MemoryBackend, type MetricSummary, MetricsCollector } from "../src/index.ts";

/** A reproducible stream of numbers from 0 (inclusive) to 1 (exclusive). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return (state - 1) / 2_147_483_646;
  };
}

function sampled(samplingRate: number, seed = 12_345) {
  const clock = new ManualClock();
  const memory = new MemoryBackend();
  const collector = new MetricsCollector({
    backends: [memory],
    clock,
    service: "t",
    samplingRate,
    random: seeded(seed),
    onWarning: () => {},
  });
  const summary = async (match: string): Promise<MetricSummary | undefined> => {
    clock.advance(10);
    await collector.flush();
    return (await memory.summaries({ match, from: 0, to: clock.now() }))[0];
  };
  return { clock, collector, memory, summary };
}

/** Sum of the values that were really measured, for values of 1 each. */
function measured(timer: { start(): number; stop(token: number): number }, tokens: readonly number[]): number {
  return tokens.filter((token) => !Number.isNaN(timer.stop(token))).length;
}

describe("below sampling rate 1", () => {
  it("a value that cannot be recorded is rejected and not counted as a call, measured or not", async () => {
    const { collector, summary } = sampled(0.1);
    const histogram = collector.histogram("h");
    for (let i = 0; i < 100; i++) histogram.record(1);
    for (let i = 0; i < 50; i++) histogram.record(Number.NaN);
    const timer = collector.timer("t");
    for (let i = 0; i < 100; i++) timer.record(1);
    for (let i = 0; i < 50; i++) timer.record(-1);
    expect(await summary("h")).toMatchObject({ count: 100, sum: 100 });
    expect(await summary("t")).toMatchObject({ count: 100, sum: 100 });
    expect(await summary("giflab.monitoring.errors")).toMatchObject({ sum: 100, tags: { reason: "invalid_value" } });
  });

  it("measurements that overlap are thinned out like those in a row", async () => {
    const { clock, collector, summary } = sampled(0.1);
    const timer = collector.timer("t");
    let taken = 0;
    for (let batch = 0; batch < 20; batch++) {
      const tokens = Array.from({ length: 100 }, () => timer.start());
      clock.advance(1);
      taken += measured(timer, tokens);
    }
    expect(taken).toBeGreaterThan(120);
    expect(taken).toBeLessThan(300);
    expect(await summary("t")).toMatchObject({ count: 2000, sum: 2000, p50: 1 });
  });

  it("the mean is that of all values, within what chance allows", async () => {
    for (const seed of [1, 22, 333]) {
      const { collector, summary } = sampled(0.2, seed);
      const histogram = collector.histogram("h");
      // A period that a sampler of every fifth call would always meet at the same place.
      for (let i = 0; i < 20_000; i++) histogram.record(i % 5);
      const found = await summary("h");
      expect(found?.count).toBe(20_000);
      expect(Math.abs(found!.mean! - 2)).toBeLessThan(0.1);
    }
  });

  it("everything is measured again once the rate is set back to 1", async () => {
    const { collector, memory, clock } = sampled(1e-9);
    const histogram = collector.histogram("h");
    histogram.record(1);
    histogram.record(1);
    collector.configure({ samplingRate: 1 });
    for (let i = 0; i < 10; i++) histogram.record(5);
    clock.advance(10);
    await collector.flush();
    for (let i = 1; i <= 100; i++) histogram.record(i);
    clock.advance(10);
    await collector.flush();
    const [last] = await memory.summaries({ match: "h", from: clock.now() - 10, to: clock.now() });
    expect(last).toMatchObject({ count: 100, sum: 5050, min: 1, max: 100 });
  });
});

describe("at sampling rate 1", () => {
  it("count, sum, extremes and last are exact in every window", async () => {
    const { clock, collector, memory } = sampled(1);
    const histogram = collector.histogram("h");
    for (const values of [[3, -7, 5], [2], [0, 9, 1.5]]) {
      for (const value of values) histogram.record(value);
      clock.advance(10);
      await collector.flush();
      const [found] = await memory.summaries({ match: "h", from: clock.now() - 10, to: clock.now() });
      expect(found).toMatchObject({
        count: values.length,
        sum: values.reduce((total, one) => total + one, 0),
        min: Math.min(...values),
        max: Math.max(...values),
        last: values.at(-1),
      });
    }
  });

  it("sums beyond what a double holds stay finite, and do not spoil later windows", async () => {
    const { clock, collector, memory } = sampled(1);
    const histogram = collector.histogram("h");
    const counter = collector.counter("c");
    for (let i = 0; i < 3; i++) {
      histogram.record(1e308);
      counter.add(1e308);
    }
    clock.advance(10);
    await collector.flush();
    histogram.record(1);
    counter.add(1);
    clock.advance(10);
    await collector.flush();
    for await (const point of memory.points()) {
      const numbers = "value" in point ? [point.value] : [point.count, point.sum, point.min, point.max];
      expect(numbers.every(Number.isFinite)).toBe(true);
    }
  });
});
