import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ManualClock, MemoryBackend, type MetricSummary, MetricsCollector } from "../src/index.ts";

const source = fileURLToPath(new URL("../src/index.ts", import.meta.url));

const unhandled: unknown[] = [];
const onUnhandled = (reason: unknown): void => void unhandled.push(reason);
const existing = process.listeners("unhandledRejection");
beforeEach(() => {
  unhandled.length = 0;
  process.removeAllListeners("unhandledRejection");
  process.on("unhandledRejection", onUnhandled);
});
afterEach(() => {
  process.off("unhandledRejection", onUnhandled);
  for (const listener of existing) process.on("unhandledRejection", listener);
});
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function setup(options: ConstructorParameters<typeof MetricsCollector>[0] = {}) {
  const clock = new ManualClock();
  const memory = new MemoryBackend();
  const warnings: string[] = [];
  const onWarning = (message: string): void => void warnings.push(message);
  const collector = new MetricsCollector({ backends: [memory], clock, service: "t", onWarning, ...options });
  const errors = async (): Promise<Record<string, number>> => {
    clock.advance(10);
    await collector.flush();
    const found = await memory.summaries({ match: "giflab.monitoring.errors", from: 0, to: clock.now() });
    return Object.fromEntries(found.map(({ tags, sum }: MetricSummary) => [tags["reason"], sum!]));
  };
  return { clock, memory, warnings, collector, errors };
}

it("says of each backend once that it refuses", async () => {
  const refusing = (name: string) => ({
    name,
    write: () => Promise.reject(new Error(`${name} is away`)),
    close: async () => {},
  });
  const { collector, clock, warnings } = setup({ backends: [refusing("one"), refusing("other")] });
  for (let flush = 0; flush < 3; flush++) {
    clock.advance(10);
    await collector.flush();
  }
  expect(warnings).toEqual(["giflab: write failed: one is away", "giflab: write failed: other is away"]);
  await collector.close();
});

describe("the host is safe from", () => {
  it("errors about errors: more reasons than series are allowed", async () => {
    const { collector, memory, clock } = setup({ maxSeriesPerMetric: 1 });
    collector.reportError("first");
    collector.reportError("second");
    for (let i = 0; i < 5; i++) collector.recordCounter("c", 1, { i });
    clock.advance(10);
    await collector.flush();
    const found = await memory.summaries({ match: "giflab.monitoring.errors", from: 0, to: clock.now() });
    expect(found.reduce((total, one) => total + one.sum!, 0)).toBeGreaterThanOrEqual(2);
  });

  it("reasons without end, of which it keeps a bounded number", () => {
    const { collector, warnings } = setup();
    for (let i = 0; i < 5000; i++) collector.reportError(`reason ${i}`);
    expect(warnings.length).toBeLessThanOrEqual(1000);
  });

  it.each<[string, unknown]>([
    ["an object without text", Object.create(null)],
    ["a symbol", Symbol("x")],
    [
      "an error whose message throws",
      Object.defineProperty(new Error(), "message", {
        get: () => {
          throw new Error("hostile");
        },
      }),
    ],
  ])("a backend that rejects with %s", async (_, rejection) => {
    const { collector, errors } = setup();
    collector.addBackend({
      name: "hostile",
      write: () => Promise.reject(rejection),
      flush: () => Promise.reject(rejection),
      close: () => Promise.reject(rejection),
    });
    collector.reportError("given", rejection);
    collector.recordCounter("c", 1);
    expect(await errors()).toMatchObject({ given: 1 });
    expect(await errors()).toMatchObject({ write_failed: expect.any(Number), flush_failed: expect.any(Number) });
    await collector.close();
    await turn();
    expect(unhandled).toEqual([]);
  });

  it("a callback of onCollect that is asynchronous and fails", async () => {
    const { collector, errors } = setup();
    collector.onCollect(async () => {
      throw new Error("callback");
    });
    await collector.flush();
    await turn();
    expect(unhandled).toEqual([]);
    expect(await errors()).toMatchObject({ collect_callback: expect.any(Number) });
  });

  it("a callback of onCollect that flushes", async () => {
    const { collector, clock } = setup();
    let calls = 0;
    collector.onCollect(() => {
      calls++;
      void collector.flush();
      collector.flushSync();
    });
    clock.advance(10);
    await collector.flush();
    expect(calls).toBe(1);
  });

  it("metric names without end", async () => {
    const { collector, errors, warnings } = setup();
    for (let i = 0; i < 30_000; i++) collector.recordCounter(`user.${i}`, 1);
    expect(await errors()).toEqual({ too_many_metrics: 10_000 });
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(/20000 metrics.*tag/);
    collector.recordCounter("user.5", 1);
    collector.counter("registered").add(1);
    expect(await errors()).toEqual({ too_many_metrics: 10_000 });
  }, 20_000);
});

describe("a backend that never answers", () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] }));
  afterEach(() => void vi.useRealTimers());

  it("holds close() up for a bounded time, and what it did not take is said", async () => {
    const { collector, warnings } = setup();
    const never = (): Promise<void> => new Promise(() => {});
    collector.addBackend({ name: "silent", write: never, close: never });
    collector.recordCounter("c", 1);
    const closed = collector.close();
    await vi.advanceTimersByTimeAsync(12_000);
    await closed;
    expect(warnings.join("\n")).toMatch(/1 metric points could not be written/);
  });
});

describe("what is recorded while close() waits", () => {
  it("for a store that is busy is delivered at once when the process ends", async () => {
    const program = `
      import { MetricsCollector, MetricsError } from ${JSON.stringify(source)};
      let busy = true;
      const written = [];
      const take = ({ points }) => { if (busy) throw new MetricsError("BACKEND_BUSY", "locked"); written.push(points.length); };
      const collector = new MetricsCollector({ service: "t", backends: [{ name: "b", write: take, writeSync: take, close: async () => {} }] });
      collector.counter("c").add(1);
      process.on("exit", () => console.log(JSON.stringify(written)));
      void collector.close();
      setTimeout(() => { busy = false; process.exit(); }, 5);`;
    expect(execFileSync(process.execPath, ["--input-type=module", "-e", program], { encoding: "utf8" })).toBe("[1]\n");
  });
});

describe("registering", () => {
  it.each<[string, () => unknown]>([
    ["a name that is no text", () => setup().collector.counter(undefined as unknown as string)],
    ["an empty name", () => setup().collector.gauge("")],
    ["a merge of something that is no gauge", () => setup().collector.define({ c: { kind: "counter", merge: "sum" } })],
    [
      "a formula that is no text",
      () => setup().collector.define({ d: { kind: "derived", formula: 5 as unknown as string } }),
    ],
    ["a definition that is none", () => setup().collector.define({ d: null as unknown as { kind: "counter" } })],
  ])("%s throws one clear error", (_, register) => {
    expect(register).toThrow(expect.objectContaining({ name: "MetricsError", code: "INVALID_METRIC" }));
  });

  it("a catalogue with one conflict registers nothing of it", async () => {
    const { collector, clock, memory } = setup();
    collector.counter("taken");
    expect(() => collector.define({ fresh: { kind: "gauge" }, taken: { kind: "gauge" } })).toThrow(/taken/);
    collector.recordCounter("fresh", 1);
    clock.advance(10);
    await collector.flush();
    expect((await memory.summaries({ match: "fresh", from: 0, to: clock.now() }))[0]?.kind).toBe("counter");
  });
});
