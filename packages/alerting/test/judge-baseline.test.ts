import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ManualClock, MemoryBackend, type MetricSnapshot, MetricsCollector } from "@giflab/metrics-core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { AlertManager, AlertRule, type AlertRuleOptions, defaultAlertRules } from "../src/index.ts";

let clock: ManualClock;
let memory: MemoryBackend;
let collector: MetricsCollector;
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "baseline-"));
  clock = new ManualClock();
  memory = new MemoryBackend({ bufferSize: 1_000_000 });
  collector = process();
});

afterEach(async () => {
  await collector.close();
  rmSync(folder, { recursive: true });
});

/** A process that writes into the store and leaves it open when it ends. */
const process = (): MetricsCollector => {
  const write = (snapshot: MetricSnapshot): void => memory.write(snapshot);
  const backend = { name: "memory", write, writeSync: write, close: async () => {} };
  return new MetricsCollector({ backends: [backend], clock, service: "test", handleSignals: false });
};

const rule = (baseline: AlertRuleOptions["baseline"], more: Partial<AlertRuleOptions> = {}): AlertRule =>
  new AlertRule({
    name: "slower",
    metricPattern: "load",
    statistic: "p90",
    warningThreshold: 1.5,
    criticalThreshold: 3,
    messageTemplate: "{value:.1f}x: {measured:.2g} against {baseline:.2g}",
    ...more,
    ...(baseline === undefined ? {} : { baseline }),
  });

const evaluate = (one: AlertRule) => new AlertManager({ reader: memory, clock, rules: [one] }).evaluate();

const load = async (seconds: number, over = 300): Promise<void> => {
  for (let call = 0; call < 50; call++) collector.timer("load").record(seconds);
  clock.advance(over);
  await collector.flush();
};

describe("the same window earlier", () => {
  it("is what the window is compared with, whatever was between", async () => {
    await load(0.1);
    for (let i = 0; i < 11; i++) await load(5);
    await load(0.2);
    const { alerts } = await evaluate(rule({ offset: "1h" }));
    expect(alerts).toMatchObject([{ level: "warning", message: "2.0x: 0.2 against 0.1" }]);
  });

  it("raises no alert below its floor, be it high or low values that are bad", async () => {
    await load(0.1);
    for (let i = 0; i < 11; i++) await load(5);
    await load(0.01);
    const low = { direction: "below", warningThreshold: 0.5, criticalThreshold: 0.2 } as const;
    const levels = async (floor: number) => (await evaluate(rule({ offset: "1h", floor }, low))).alerts;
    expect(await levels(0.005)).toMatchObject([{ level: "critical" }]);
    expect(await levels(0.02)).toEqual([]);
    expect((await evaluate(rule({ offset: "2400s", floor: 0.02 }))).alerts).toEqual([]);
  });

  it("leaves a rule learning when nothing, or half as much, was recorded then", async () => {
    await load(0.2);
    expect((await evaluate(rule({ offset: "1d" }))).learning[0]!.reason).toMatch(
      /nothing of it was recorded in the earlier window/,
    );
    clock.advance(3600 - 100);
    await load(0.2, 100);
    await load(0.2, 300);
    const { learning } = await evaluate(rule({ offset: "1h" }, { window: 350 }));
    expect(learning).toHaveLength(1);
  });
});

describe("a saved baseline", () => {
  const save = async (file: string): Promise<string> => {
    const points = await Array.fromAsync(memory.points());
    const instances = [...new Map(points.map(({ instance }) => [instance.writerId, instance])).values()];
    const metrics = points.map(({ instance, ...point }) => ({ ...point, instance: instance.writerId }));
    const path = join(folder, file);
    writeFileSync(
      path,
      JSON.stringify({ schemaVersion: 1, endTime: clock.now(), metrics, instances, metricsCount: metrics.length }),
    );
    return path;
  };

  it("is compared as a whole: its merged distribution, counters, gauges and what is derived of them", async () => {
    collector.define({ share: { kind: "derived", formula: "good / (good + bad)" } });
    collector.counter("good").add(90);
    collector.counter("bad").add(10);
    collector.gauge("size").set(4);
    await load(0.1);
    await load(0.1);
    const file = await save("base.json");
    await memory.clear();
    collector.counter("good").add(30);
    collector.counter("bad").add(70);
    collector.gauge("size").set(16);
    await load(0.4);
    expect((await evaluate(rule({ file }))).alerts).toMatchObject([
      { level: "critical", message: "4.0x: 0.4 against 0.1" },
    ]);
    const size = rule({ file }, { metricPattern: "size", statistic: "last" });
    expect((await evaluate(size)).alerts).toMatchObject([{ message: "4.0x: 16 against 4" }]);
    const share = { metricPattern: "share", statistic: "value", direction: "below" } as const;
    const less = rule({ file }, { ...share, warningThreshold: 0.8, criticalThreshold: 0.5 });
    expect((await evaluate(less)).alerts).toMatchObject([{ level: "critical", message: "0.3x: 0.3 against 0.9" }]);
    const rate = rule({ file }, { metricPattern: "bad", statistic: "rate" });
    expect((await evaluate(rate)).alerts[0]!.value).toBeCloseTo(14, 5);
  });

  it("that is missing, damaged or of another version leaves a rule learning and says what to do", async () => {
    await load(0.4);
    const reason = async (file: string): Promise<string> => (await evaluate(rule({ file }))).learning[0]!.reason;
    expect(await reason(join(folder, "none.json"))).toMatch(
      /none\.json cannot be used: ENOENT.*giflab metrics export -o FILE/,
    );
    writeFileSync(join(folder, "torn.json"), '{"metrics": [');
    expect(await reason(join(folder, "torn.json"))).toMatch(/cannot be used/);
    writeFileSync(join(folder, "newer.json"), '{"schemaVersion": 9, "metrics": [], "instances": []}');
    expect(await reason(join(folder, "newer.json"))).toMatch(/schemaVersion is 9, not 1/);
    writeFileSync(
      join(folder, "empty.json"),
      '{"schemaVersion": 1, "endTime": 1, "metrics": [], "instances": [], "metricsCount": 0}',
    );
    expect(await reason(join(folder, "empty.json"))).toMatch(/the baseline file has nothing of it/);
  });

  it("is read again when it has changed", async () => {
    await load(0.4);
    const file = await save("base.json");
    const manager = new AlertManager({ reader: memory, clock, rules: [rule({ file })] });
    expect((await manager.evaluate()).status).toBe("ok");
    writeFileSync(file, "{}");
    expect(await manager.evaluate()).toMatchObject({ status: "unknown", learning: [{}] });
  });
});

describe("the time before the window", () => {
  it("is enough for a job that runs ten seconds every five minutes once an hour has passed, not once it has run an hour", async () => {
    const evictions = defaultAlertRules().find(({ name }) => name === "eviction-rate")!;
    const learning: number[] = [];
    for (let run = 0; run < 20; run++) {
      const job = process();
      job.counter("cache.frame.evictions").add(run === 19 ? 1000 : 20);
      clock.advance(10);
      await job.close();
      const report = await new AlertManager({ reader: memory, clock, rules: [evictions] }).evaluate();
      learning.push(report.learning.length);
      if (run === 19) expect(report.alerts).toMatchObject([{ level: "critical", value: expect.closeTo(50, 0) }]);
      clock.advance(290);
    }
    expect(learning.indexOf(0)).toBe(13);
  });

  it("must hold as much as the window, so that one short run long ago is no normal", async () => {
    await load(0.1, 20);
    clock.advance(7200);
    const fresh = process();
    for (let i = 0; i < 10; i++) {
      fresh.timer("load").record(1);
      clock.advance(30);
      await fresh.flush();
    }
    const { learning } = await evaluate(rule({ lookback: "1d" }));
    await fresh.close();
    expect(learning[0]!.reason).toBe("20 of 300 seconds were recorded before");
  });
});
