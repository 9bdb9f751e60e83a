import { ManualClock, MemoryBackend, MetricsCollector } from "@giflab/metrics-core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ALERT_EXIT_CODES, AlertManager, AlertRule, defaultAlertRules } from "../src/index.ts";

let clock: ManualClock;
let memory: MemoryBackend;
let collector: MetricsCollector;
let manager: AlertManager;

beforeEach(() => {
  clock = new ManualClock();
  memory = new MemoryBackend();
  collector = new MetricsCollector({ backends: [memory], clock, service: "test", maxSeriesPerMetric: 10 });
  collector.define({
    "cache.frame.hits": { kind: "counter" },
    "cache.frame.misses": { kind: "counter" },
    "cache.frame.hit_rate": {
      kind: "derived",
      unit: "1",
      formula: "cache.frame.hits / (cache.frame.hits + cache.frame.misses)",
    },
  });
  manager = new AlertManager({ reader: memory, state: memory, clock, rules: defaultAlertRules() });
});

afterEach(() => collector.close());

const flush = async (seconds = 10): Promise<void> => {
  clock.advance(seconds);
  await collector.flush();
};

const lookups = (hits: number, misses: number): void => {
  collector.recordCounter("cache.frame.hits", hits, { tier: "memory" });
  collector.recordCounter("cache.frame.misses", misses);
};

describe("the default rules", () => {
  it("raise a low hit rate with the rate itself in the message, not its inverse", async () => {
    lookups(10, 90);
    await flush();
    const report = await manager.evaluate();
    expect(report.status).toBe("critical");
    expect(report.alerts).toMatchObject([
      { rule: "cache-hit-rate", metric: "cache.frame.hit_rate", level: "critical", value: 0.1, threshold: 0.2 },
    ]);
    expect(report.alerts[0]!.message).toBe("cache.frame.hit_rate is 10.0%, below 20%");
    expect(ALERT_EXIT_CODES[report.status]).toBe(2);
  });

  it("look at the window, not at the life of the process", async () => {
    lookups(0, 1000);
    await flush();
    clock.advance(400);
    lookups(95, 5);
    await flush();
    expect((await manager.evaluate()).status).toBe("ok");
  });

  it("do not judge a hit rate on too few lookups, nor an idle cache", async () => {
    lookups(0, 19);
    await flush();
    const report = await manager.evaluate({ check: "cache-hit-rate" });
    expect(report.status).toBe("unknown");
    expect(report.noData).toMatchObject([{ metric: "cache.frame.hit_rate", reason: "19 of at least 20 samples" }]);
  });

  it("compare memory with the limit that the writer recorded", async () => {
    collector.gauge("cache.frame.memory_usage_mb", { merge: "sum" }).set(450);
    collector.gauge("cache.frame.memory_limit_mb", { merge: "sum" }).set(500);
    await flush();
    const report = await manager.evaluate({ check: "memory-usage" });
    expect(report.alerts).toMatchObject([{ level: "warning", value: 0.9, threshold: 0.8 }]);
    expect(report.alerts[0]!.message).toBe("cache.frame.memory_usage_mb is 450.0 of 500 MB (90%), above 80%");
  });

  it("treat a memory gauge whose process ended before the window as no data", async () => {
    collector.gauge("cache.frame.memory_usage_mb").set(499);
    collector.gauge("cache.frame.memory_limit_mb").set(500);
    await flush();
    clock.advance(3600);
    expect(await manager.evaluate({ check: "memory-usage" })).toMatchObject({ status: "unknown", alerts: [] });
  });

  it("compare evictions with their own rate of the day before, and learn first", async () => {
    const evictions = collector.counter("cache.frame.evictions");
    evictions.add(100);
    await flush(600);
    const young = await manager.evaluate({ check: "eviction-rate" });
    expect(young).toMatchObject({ status: "unknown", alerts: [] });
    expect(young.learning).toHaveLength(1);
    for (let i = 0; i < 12; i++) {
      evictions.add(100);
      await flush(600);
    }
    expect((await manager.evaluate({ check: "eviction-rate" })).status).toBe("ok");
    evictions.add(400);
    await flush(300);
    const spike = await manager.evaluate({ check: "eviction-rate" });
    expect(spike.alerts).toMatchObject([{ level: "critical" }]);
    expect(spike.alerts[0]!.value).toBeCloseTo(8, 0);
  });

  it("let a spike below ten evictions a minute pass", async () => {
    const evictions = collector.counter("cache.frame.evictions");
    for (let i = 0; i < 7; i++) {
      evictions.add(1);
      await flush(600);
    }
    evictions.add(40);
    await flush(300);
    expect((await manager.evaluate({ check: "eviction-rate" })).status).toBe("ok");
  });

  it("compare response times with their own past, per tag set", async () => {
    const get = collector.timer("cache.frame.operation.duration", { tags: { operation: "get" } });
    const put = collector.timer("cache.frame.operation.duration", { tags: { operation: "put" } });
    for (let i = 0; i < 8; i++) {
      for (let call = 0; call < 50; call++) {
        get.record(0.001);
        put.record(0.01);
      }
      await flush(600);
    }
    for (let call = 0; call < 30; call++) {
      get.record(0.002);
      put.record(0.01);
    }
    await flush(300);
    const report = await manager.evaluate({ check: "response-time" });
    expect(report.alerts).toMatchObject([{ level: "warning", tags: { operation: "get" } }]);
    expect(report.alerts[0]!.value).toBeCloseTo(2, 1);
  });
});

describe("a rule added in code", () => {
  const slow = new AlertRule({
    name: "custom.metric",
    metricPattern: "custom.operation.duration",
    warningThreshold: 1,
    criticalThreshold: 5,
    messageTemplate: "Custom operation slow: {value:.2f}s",
  });

  it("judges every tag set alone", async () => {
    collector.recordTimer("custom.operation.duration", 2, { kind: "a" });
    collector.recordTimer("custom.operation.duration", 9, { kind: "b" });
    collector.recordTimer("custom.operation.duration", 0.1, { kind: "c" });
    await flush();
    manager.addRule(slow);
    const { alerts } = await manager.evaluate({ check: "custom.metric" });
    expect(alerts.map((alert) => [alert.tags["kind"], alert.level, alert.message])).toEqual([
      ["b", "critical", "Custom operation slow: 9.00s"],
      ["a", "warning", "Custom operation slow: 2.00s"],
    ]);
  });

  it("is evaluated by another manager over the same store", async () => {
    manager.addRule(slow);
    await manager.saved();
    collector.recordTimer("custom.operation.duration", 2);
    await flush();
    const other = new AlertManager({ reader: memory, state: memory, clock });
    expect((await other.evaluate({ check: "custom.metric" })).status).toBe("warning");
    other.removeRule("custom.metric");
    await other.saved();
    await expect(
      new AlertManager({ reader: memory, state: memory, clock }).evaluate({ check: "custom.metric" }),
    ).rejects.toMatchObject({
      code: "INVALID_OPTION",
    });
  });

  it("may be added before the store is known", async () => {
    const early = new AlertManager({ clock });
    early.addRule(slow);
    await expect(early.evaluate()).rejects.toMatchObject({ code: "BACKEND_UNAVAILABLE" });
    early.bind({ reader: memory, state: memory });
    await early.saved();
    expect(await memory.list("alert/rule/")).toHaveLength(1);
  });
});

describe("evaluate", () => {
  it("remembers since when an alert fires, across managers, until it resolves", async () => {
    lookups(0, 100);
    await flush();
    const began = (await manager.evaluate()).alerts[0]!.since;
    await flush(60);
    const other = new AlertManager({ reader: memory, state: memory, clock, rules: defaultAlertRules() });
    expect((await other.evaluate()).alerts[0]!.since).toBe(began);
    lookups(10_000, 0);
    await flush();
    expect((await manager.evaluate()).alerts).toEqual([]);
    clock.advance(300);
    lookups(0, 100);
    await flush();
    expect((await manager.evaluate()).alerts[0]!.since).toBeGreaterThan(began);
  });

  it("is unknown when nothing can be judged", async () => {
    expect(await manager.evaluate()).toMatchObject({ status: "unknown", evaluated: 0 });
    expect(ALERT_EXIT_CODES.unknown).toBe(3);
  });

  it("names the nearest rules when one is unknown", async () => {
    await expect(manager.evaluate({ check: "cache-hitrate" })).rejects.toThrow(/did you mean cache-hit-rate/);
  });

  it("still evaluates when transitions cannot be recorded", async () => {
    lookups(0, 100);
    await flush();
    const readOnly = new AlertManager({ reader: memory, clock, rules: defaultAlertRules() });
    expect(await readOnly.evaluate()).toMatchObject({ status: "critical", transitionsRecorded: false });
  });

  it("raises an alert for missing data where the rule says so", async () => {
    manager.addRule(
      new AlertRule({
        name: "heartbeat",
        metricPattern: "heartbeat",
        warningThreshold: 1,
        criticalThreshold: 2,
        noData: "critical",
      }),
    );
    const report = await manager.evaluate({ check: "heartbeat" });
    expect(report.alerts).toMatchObject([{ rule: "heartbeat", level: "critical", value: null }]);
  });

  it("goes on when the remembered state is damaged", async () => {
    lookups(0, 100);
    await flush();
    const first = await manager.evaluate();
    const [entry] = await memory.list("alert/state/");
    await memory.compareAndSet(entry!.key, entry!.version, "{torn");
    await memory.compareAndSet("alert/state/not ours", 0, "{torn");
    clock.advance(1);
    const second = await manager.evaluate();
    expect(second).toMatchObject({ status: "critical", transitionsRecorded: true });
    expect(second.alerts[0]!.since).toBe(first.alerts[0]!.since + 1);
  });

  it("tells of stored rules that it cannot read", async () => {
    const newer = { name: "newer", metricPattern: "x", warningThreshold: 1, criticalThreshold: 2, soon: 300 };
    await memory.compareAndSet("alert/rule/newer", 0, JSON.stringify(newer));
    await memory.compareAndSet("alert/rule/torn", 0, "{torn");
    const { noData } = await manager.evaluate();
    expect(noData.find((one) => one.rule === "newer")?.reason).toMatch(/cannot be read.*unknown option soon/);
    expect(noData.find((one) => one.rule === "torn")?.reason).toMatch(/cannot be read/);
    expect(await manager.evaluate({ check: "torn" })).toMatchObject({ status: "unknown", evaluated: 0 });
  });
});
