import { describe, expect, it } from "vitest";
import { ManualClock, MemoryBackend, type MetricSummary, MetricsCollector } from "../src/index.ts";

function setup(options: { readonly samplingRate?: number } = {}) {
  const clock = new ManualClock();
  const memory = new MemoryBackend();
  const collector = new MetricsCollector({ backends: [memory], clock, service: "t", random: () => 0.5, ...options });
  const timer = collector.timer("t");
  const summary = async (): Promise<MetricSummary> => {
    clock.advance(10);
    await collector.flush();
    return (await memory.summaries({ match: "t", from: 0, to: clock.now() }))[0]!;
  };
  return { clock, collector, timer, summary };
}

describe("a timer", () => {
  it("times a function until it returns or throws", async () => {
    const { clock, timer, summary } = setup();
    const work = (): string => {
      clock.advance(2);
      return "result";
    };
    expect(timer.time(work)).toBe("result");
    const error = new Error("no");
    expect(() =>
      timer.time(() => {
        clock.advance(3);
        throw error;
      }),
    ).toThrow(error);
    expect(await summary()).toMatchObject({ count: 2, sum: 5, min: 2, max: 3, unit: "s" });
  });

  it("times a promise until it settles", async () => {
    const { clock, timer, summary } = setup();
    let finish = (_: string): void => {};
    let fail = (_: Error): void => {};
    const results = Promise.allSettled([
      timer.time(() => new Promise<string>((resolve) => (finish = resolve))),
      timer.time(() => new Promise<string>((_, reject) => (fail = reject))),
    ]);
    clock.advance(2);
    finish("done");
    await null;
    await null;
    clock.advance(2);
    const error = new Error("no");
    fail(error);
    expect(await results).toEqual([
      { status: "fulfilled", value: "done" },
      { status: "rejected", reason: error },
    ]);
    expect(await summary()).toMatchObject({ count: 2, sum: 6, min: 2, max: 4 });
  });

  it("counts what it does not measure, and hands the very result through", async () => {
    const { timer, summary } = setup({ samplingRate: 0.1 });
    let untouched = 0;
    for (let i = 0; i < 50; i++) {
      const promise = Promise.resolve(i);
      const returned = timer.time(() => promise);
      if (returned === promise) untouched++;
      expect(await returned).toBe(i);
    }
    expect(untouched).toBeGreaterThan(30);
    expect(await summary()).toMatchObject({ count: 50 });
  });

  it("never records less than nothing", async () => {
    const { clock, timer, summary } = setup();
    expect(timer.stop(clock.monotonic() + 5)).toBe(0);
    expect(timer.stop(Number.NaN)).toBeNaN();
    expect(await summary()).toMatchObject({ count: 1, sum: 0 });
  });
});
