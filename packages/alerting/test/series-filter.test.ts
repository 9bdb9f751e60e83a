import { ManualClock, MemoryBackend, MetricsCollector } from "@giflab/metrics-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AlertManager, AlertRule, type AlertRuleOptions } from "../src/index.ts";

let collector: MetricsCollector;
let manager: AlertManager;

beforeAll(async () => {
  const clock = new ManualClock();
  const memory = new MemoryBackend();
  collector = new MetricsCollector({ backends: [memory], clock, service: "test", handleSignals: false });
  manager = new AlertManager({ reader: memory, clock });
  for (const [name, tags] of [
    ["api.read", { route: "/a", zone: "eu-1" }],
    ["api.read", { route: "/b", zone: "us-1" }],
    ["api.write", { route: "/a", zone: "us-2" }],
    ["api.write.retries", {}],
    ["jobs.api.read", {}],
  ] as const) {
    for (let i = 1; i <= 1000; i++) collector.recordTimer(name, i / 1000, tags);
  }
  clock.advance(10);
  await collector.flush();
});

afterAll(() => collector.close());

const judged = async (options: Partial<AlertRuleOptions>): Promise<string[]> => {
  manager.addRule(new AlertRule({ name: "one", metricPattern: "api.*", warningThreshold: 0.0001, ...options }));
  const { alerts } = await manager.evaluate({ check: "one" });
  return alerts.map(({ metric, tags }) => `${metric} ${tags["route"] ?? ""}${tags["zone"] ?? ""}`.trim());
};

describe("a rule", () => {
  it.each<[Partial<AlertRuleOptions>, string[]]>([
    [{ metricPattern: "api.read" }, ["api.read /aeu-1", "api.read /bus-1"]],
    [{ metricPattern: "*.read" }, ["api.read /aeu-1", "api.read /bus-1", "jobs.api.read"]],
    [{ metricPattern: "api.?rite" }, ["api.write /aus-2"]],
    [{ exclude: "api.read" }, ["api.write /aus-2", "api.write.retries"]],
    [{ exclude: ["*.retries", "api.r*"] }, ["api.write /aus-2"]],
    [{ tags: { route: "/a" } }, ["api.read /aeu-1", "api.write /aus-2"]],
    [{ tags: { zone: "us-*", route: ["/a", "/c"] } }, ["api.write /aus-2"]],
    [{ excludeTags: { zone: "us-*" } }, ["api.read /aeu-1", "api.write.retries"]],
    [{ excludeTags: { zone: "*" } }, ["api.write.retries"]],
    [{ tags: { toString: "*" } }, []],
  ])("with %j judges %j", async (options, series) => {
    expect(await judged(options)).toEqual(series);
  });
});

describe("a statistic", () => {
  it.each([
    ["p50", 0.5],
    ["p90", 0.9],
    ["p95", 0.95],
    ["p99", 0.99],
    ["p99.9", 0.999],
    ["p999", 0.999],
    ["min", 0.001],
    ["max", 1],
    ["last", 1],
    ["mean", 0.5005],
    ["sum", 500.5],
    ["count", 1000],
    ["rate", 100],
  ] as const)("%s of 1 to 1000 ms in ten seconds is %d", async (statistic, value) => {
    manager.addRule(
      new AlertRule({
        name: "one",
        metricPattern: "api.read",
        statistic,
        warningThreshold: 1e-9,
        tags: { route: "/a" },
      }),
    );
    const { alerts } = await manager.evaluate({ check: "one" });
    expect(alerts[0]!.value! / value).toBeCloseTo(1, 1);
    if (/^p/.test(statistic)) expect(Math.abs(alerts[0]!.value! / value - 1)).toBeLessThan(0.01);
  });
});
