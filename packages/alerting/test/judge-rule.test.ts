import { ManualClock, MemoryBackend, MetricsCollector } from "@giflab/metrics-core";
import { beforeEach, describe, expect, it } from "vitest";
import { AlertManager, AlertRule, defaultAlertRules } from "../src/index.ts";

let clock: ManualClock;
let memory: MemoryBackend;
let manager: AlertManager;

beforeEach(() => {
  clock = new ManualClock();
  memory = new MemoryBackend({ bufferSize: 1_000_000 });
  manager = new AlertManager({ reader: memory, state: memory, clock, rules: defaultAlertRules() });
});

const process = (service = "test"): MetricsCollector =>
  new MetricsCollector({ backends: [memory], clock, service, handleSignals: false });

const flush = async (collector: MetricsCollector, seconds = 10): Promise<void> => {
  clock.advance(seconds);
  await collector.flush();
};

describe("a baseline", () => {
  it("notices that a cache of microseconds became a hundred times slower", async () => {
    const collector = process();
    const get = collector.timer("cache.frame.operation.duration");
    for (let i = 0; i < 12; i++) {
      for (let call = 0; call < 50; call++) get.record(3e-6);
      await flush(collector, 600);
    }
    for (let call = 0; call < 30; call++) get.record(3e-4);
    await flush(collector, 300);
    const { alerts } = await manager.evaluate({ check: "response-time" });
    expect(alerts).toMatchObject([{ level: "critical" }]);
    expect(alerts[0]!.value! / 100).toBeCloseTo(1, 1);
  });

  it("has a ratio for evictions that never happened before, as if there had been one", async () => {
    const collector = process();
    const evictions = collector.counter("cache.frame.evictions");
    for (let i = 0; i < 12; i++) await flush(collector, 600);
    evictions.add(300);
    await flush(collector, 300);
    const { alerts } = await manager.evaluate({ check: "eviction-rate" });
    expect(alerts).toMatchObject([{ level: "critical", value: 7200 }]);
  });

  it("is learning while its past was 0 and its statistic is no rate", async () => {
    const collector = process();
    const duration = collector.timer("cache.frame.operation.duration");
    for (let i = 0; i < 12; i++) {
      for (let call = 0; call < 50; call++) duration.record(0);
      await flush(collector, 600);
    }
    for (let call = 0; call < 30; call++) duration.record(1);
    await flush(collector, 300);
    const report = await manager.evaluate({ check: "response-time" });
    expect(report).toMatchObject({ status: "unknown", alerts: [] });
    expect(report.learning[0]!.reason).toMatch(/was 0 before/);
  });
});

describe("a limit", () => {
  const state = (collector: MetricsCollector, used: number, limit: number): void => {
    collector.gauge("cache.frame.memory_usage_mb", { merge: "sum" }).set(used);
    collector.gauge("cache.frame.memory_limit_mb", { merge: "sum" }).set(limit);
  };

  it("is the writer's own: a full cache does not hide behind an empty one", async () => {
    const [full, empty] = [process("a"), process("b")];
    state(full, 495, 500);
    state(empty, 5, 5000);
    await flush(full);
    await empty.flush();
    const report = await manager.evaluate({ check: "memory-usage" });
    expect(report.evaluated).toBe(1);
    expect(report.alerts).toMatchObject([{ level: "critical", value: 0.99 }]);
    expect(report.alerts[0]!.message).toBe("cache.frame.memory_usage_mb is 495.0 of 500 MB (99%), above 95%");
  });

  it("judges a writer that ended only when none is alive", async () => {
    const [ended, alive] = [process("a"), process("b")];
    state(ended, 495, 500);
    await flush(ended);
    // A process that ended without a word, as after kill -9; its last word stays in the window for a while.
    clock.advance(60);
    expect(await manager.evaluate({ check: "memory-usage" })).toMatchObject({ status: "critical" });
    state(alive, 5, 500);
    await flush(alive);
    expect(await manager.evaluate({ check: "memory-usage" })).toMatchObject({ status: "ok", evaluated: 1 });
  });

  it("that was not recorded is no data", async () => {
    const collector = process();
    collector.gauge("cache.frame.memory_usage_mb").set(495);
    await flush(collector);
    const report = await manager.evaluate({ check: "memory-usage" });
    expect(report).toMatchObject({ status: "unknown", noData: [{ reason: "its limit was not recorded" }] });
  });
});

describe("a derived metric", () => {
  const share = new AlertRule({ name: "share", metricPattern: "share", warningThreshold: 0.5, criticalThreshold: 0.8 });

  it("of gauges is judged, and is no data once they are only known from before the window", async () => {
    const collector = process();
    collector.define({ share: { kind: "derived", formula: "used / size" } });
    collector.gauge("used").set(9);
    collector.gauge("size").set(10);
    await flush(collector);
    manager.addRule(share);
    expect(await manager.evaluate({ check: "share" })).toMatchObject({ alerts: [{ level: "critical", value: 0.9 }] });
    clock.advance(86_400);
    const report = await manager.evaluate({ check: "share" });
    expect(report).toMatchObject({
      status: "unknown",
      noData: [{ reason: "its last process ended before the window" }],
    });
  });

  it("of timers counts their calls as samples", async () => {
    const collector = process();
    collector.define({ share: { kind: "derived", formula: "work / whole" } });
    collector.timer("work").record(9);
    collector.timer("whole").record(10);
    await flush(collector);
    manager.addRule(share);
    expect(await manager.evaluate({ check: "share" })).toMatchObject({ alerts: [{ level: "critical" }] });
  });
});
