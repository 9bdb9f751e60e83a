import { ManualClock, MemoryBackend, MetricsCollector } from "@giflab/metrics-core";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { AlertEngine, AlertManager, AlertRule } from "../src/index.ts";

let clock: ManualClock;
let memory: MemoryBackend;
let collector: MetricsCollector;
let manager: AlertManager;
let engine: AlertEngine;

beforeEach(() => {
  clock = new ManualClock();
  memory = new MemoryBackend();
  collector = new MetricsCollector({ backends: [memory], clock, service: "test", handleSignals: false });
  const queue = { metricPattern: "queue", warningThreshold: 10, criticalThreshold: 100 };
  const rules = [
    new AlertRule({ name: "queue", ...queue }),
    new AlertRule({ name: "queue-for-long", ...queue, for: "10m" }),
  ];
  manager = new AlertManager({ reader: memory, state: memory, clock, rules });
  engine = new AlertEngine({ manager, collector, evaluateEverySeconds: 15 });
});

afterEach(async () => {
  vi.useRealTimers();
  await engine.stop();
  await collector.close();
});

const recorded = async (): Promise<Record<string, number | undefined>> => {
  clock.advance(10);
  await collector.flush();
  const found = await memory.summaries({ match: "giflab.alerts.*", from: clock.now() - 10, to: clock.now() });
  return Object.fromEntries(
    found.map(({ name, tags, last }) => [
      [name.slice(14), tags["rule"], tags["level"]].filter(Boolean).join(" "),
      last,
    ]),
  );
};

it("records firing alerts and thresholds as metrics, 0 where nothing fires", async () => {
  collector.recordGauge("queue", 50, { shard: "a" });
  collector.recordGauge("queue", 60, { shard: "b" });
  collector.recordGauge("queue", 600, { shard: "c" });
  clock.advance(10);
  await collector.flush();
  await engine.evaluate();
  expect(await recorded()).toEqual({
    "evaluation.duration": 0,
    "firing queue critical": 1,
    "firing queue warning": 2,
    "firing queue-for-long critical": 0,
    "firing queue-for-long warning": 0,
    "pending queue critical": 0,
    "pending queue warning": 0,
    "pending queue-for-long critical": 1,
    "pending queue-for-long warning": 2,
    status: 2,
    "threshold queue critical": 100,
    "threshold queue warning": 10,
    "threshold queue-for-long critical": 100,
    "threshold queue-for-long warning": 10,
  });
  for (const shard of ["a", "b", "c"]) collector.recordGauge("queue", 1, { shard });
  clock.advance(10);
  await collector.flush();
  await engine.evaluate();
  expect(await recorded()).toMatchObject({ "firing queue critical": 0, "firing queue warning": 0, status: 0 });
});

it("evaluates once every interval from its start to its stop", async () => {
  vi.useFakeTimers();
  const evaluations = (): number => evaluate.mock.calls.length;
  const evaluate = vi.spyOn(manager, "evaluate");
  engine.start();
  engine.start();
  await vi.advanceTimersByTimeAsync(14_900);
  expect(evaluations()).toBe(0);
  await vi.advanceTimersByTimeAsync(30_200);
  expect(evaluations()).toBe(3);
  await engine.stop();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(evaluations()).toBe(3);
});

it("does not begin a second evaluation while one runs, and stop waits for it", async () => {
  let release = (): void => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const slow = {
    ...Object.fromEntries(["series", "stats", "close"].map((name) => [name, () => held])),
    summaries: async () => {
      await held;
      return [];
    },
  } as unknown as MemoryBackend;
  manager.bind({ reader: slow, state: memory });
  const first = engine.evaluate();
  expect(engine.evaluate()).toBe(first);
  let stopped = false;
  const stopping = engine.stop().then(() => {
    stopped = true;
  });
  await Promise.resolve();
  expect(stopped).toBe(false);
  release();
  await stopping;
  expect((await first)?.status).toBe("unknown");
});

it("counts what goes wrong and goes on", async () => {
  manager.bind({ reader: undefined, state: memory });
  expect(await engine.evaluate()).toBeUndefined();
  clock.advance(10);
  await collector.flush();
  const [errors] = await memory.summaries({ match: "giflab.monitoring.errors", from: 0, to: clock.now() });
  expect(errors).toMatchObject({ tags: { reason: "alert_evaluation" }, sum: 1 });
  manager.bind({ reader: memory, state: memory });
  expect(await engine.evaluate()).toBeDefined();
});

it("gives every report to whoever wants to notify", async () => {
  const statuses: string[] = [];
  const told = new AlertEngine({
    manager,
    collector,
    evaluateEverySeconds: 15,
    onReport: ({ status }) => statuses.push(status),
  });
  await told.evaluate();
  expect(statuses).toEqual(["unknown"]);
});

it("refuses an interval that makes no sense", () => {
  expect(() => new AlertEngine({ manager, collector, evaluateEverySeconds: 0 })).toThrow(
    "evaluateEverySeconds must be a number from 1 to 86400, got 0",
  );
});
