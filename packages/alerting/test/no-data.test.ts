import { ManualClock, MemoryBackend, MetricsCollector } from "@giflab/metrics-core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { AlertManager, AlertRule, type AlertRuleOptions } from "../src/index.ts";

let clock: ManualClock;
let memory: MemoryBackend;
let collector: MetricsCollector;

beforeEach(() => {
  clock = new ManualClock();
  memory = new MemoryBackend();
  collector = new MetricsCollector({ backends: [memory], clock, service: "test", handleSignals: false });
});

afterEach(() => collector.close());

const manager = (options: Partial<AlertRuleOptions>): AlertManager => {
  const rule = new AlertRule({
    name: "slow",
    metricPattern: "load",
    warningThreshold: 1,
    criticalThreshold: 5,
    window: 60,
    ...options,
  });
  return new AlertManager({ reader: memory, state: memory, clock, rules: [rule] });
};

const flush = async (seconds = 60): Promise<void> => {
  clock.advance(seconds);
  await collector.flush();
};

const load = async (seconds: number, calls = 1): Promise<void> => {
  for (let call = 0; call < calls; call++) collector.recordTimer("load", seconds, { route: "/a" });
  await flush();
};

/** Level and state of what fires or is pending. */
const alerts = async (from: AlertManager): Promise<string[]> =>
  (await from.evaluate()).alerts.map(({ level, state }) => `${level} ${state}`);

describe("a series that fires and loses its data", () => {
  it("resolves under the policy report, as nothing says that it is bad still, and history says why", async () => {
    const slow = manager({});
    await load(9);
    expect(await alerts(slow)).toEqual(["critical firing"]);
    await flush();
    const report = await slow.evaluate();
    expect(report).toMatchObject({ status: "unknown", alerts: [], resolved: [{ level: "critical" }] });
    expect(await slow.history()).toMatchObject([
      { from: "inactive", to: "firing", level: "critical", value: expect.closeTo(9, 0) },
      { from: "firing", to: "resolved", level: "critical", value: null, reason: expect.stringMatching(/./) },
    ]);
  });

  it("fires on for keepFiringFor first", async () => {
    const slow = manager({ keepFiringFor: "2m" });
    await load(9);
    await alerts(slow);
    for (const state of ["critical firing", "critical firing", undefined]) {
      await flush();
      expect(await alerts(slow)).toEqual(state === undefined ? [] : [state]);
    }
  });

  it("goes on at the policy's level when missing data is an alert", async () => {
    const slow = manager({ noData: "warning" });
    await load(9);
    await alerts(slow);
    await flush();
    const { alerts: found } = await slow.evaluate();
    expect(found).toMatchObject([{ level: "warning", state: "firing", value: null, tags: { route: "/a" } }]);
    // Also when the store no longer knows it.
    clock.advance(7200);
    expect(await alerts(slow)).toEqual(["warning firing"]);
    await load(0.1);
    expect(await alerts(slow)).toEqual([]);
  });

  it("stays as it was under the policy keep", async () => {
    const slow = manager({ noData: "keep" });
    await load(3);
    await alerts(slow);
    clock.advance(7200);
    expect(await alerts(slow)).toEqual(["warning firing"]);
    await load(0.1);
    expect(await alerts(slow)).toEqual([]);
  });
});

describe("too few samples", () => {
  it("raise no alert under any policy: there is traffic, only little of it", async () => {
    const slow = manager({ minSamples: 10, noData: "critical" });
    await load(9, 3);
    const report = await slow.evaluate();
    expect(report).toMatchObject({ status: "unknown", alerts: [], noData: [{ reason: "3 of at least 10 samples" }] });
    await flush();
    expect(await alerts(slow)).toEqual(["critical firing"]);
  });

  it("end an alert that fires, and under the policy keep do not", async () => {
    for (const [noData, left] of [
      ["report", []],
      ["keep", ["critical firing"]],
    ] as const) {
      const slow = manager({ name: noData, minSamples: 10, noData });
      await load(9, 10);
      expect(await alerts(slow)).toEqual(["critical firing"]);
      await load(9, 3);
      expect(await alerts(slow)).toEqual(left);
    }
  });
});

describe("a rule that matches nothing at all", () => {
  it("raises its alert by the policy, with `for`, until there are data", async () => {
    const heartbeat = manager({ noData: "critical", for: "2m" });
    expect(await alerts(heartbeat)).toEqual(["critical pending"]);
    clock.advance(120);
    const { alerts: found } = await heartbeat.evaluate();
    expect(found).toMatchObject([{ state: "firing", metric: "load", tags: {}, value: null }]);
    await load(0.1);
    expect(await heartbeat.evaluate()).toMatchObject({ status: "ok", alerts: [], resolved: [{ metric: "load" }] });
  });

  it("is not mixed up with a series of the very name of its pattern", async () => {
    const heartbeat = manager({ noData: "critical", keepFiringFor: "10m" });
    await alerts(heartbeat);
    collector.recordTimer("load", 3);
    await flush();
    const { alerts: found } = await heartbeat.evaluate();
    expect(found.map(({ level, value }) => [level, value === null])).toEqual([
      ["critical", true],
      ["warning", false],
    ]);
  });
});

it("a statistic that a metric does not have is said to be so, and is no missing data", async () => {
  collector.counter("load").add(1);
  await flush();
  const report = await manager({ statistic: "p95", noData: "critical" }).evaluate();
  expect(report).toMatchObject({
    alerts: [],
    noData: [{ reason: "a counter has no p95: it has count, sum, rate" }],
  });
});
