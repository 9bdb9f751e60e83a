import { channel } from "node:diagnostics_channel";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setMetricsCollector } from "@giflab/metrics-core";
import {
  AlertRule,
  defineMetrics,
  type GiflabConfig,
  getAlertManager,
  getMetricsCollector,
  type InstrumentOptions,
  instrumentAllSystems,
  loadConfig,
  MemoryBackend,
  MetricsCollector,
  type Monitoring,
  openStore,
  registerExtension,
  trackTiming,
} from "@giflab/monitoring";
import * as v from "valibot";
import { afterEach, describe, expect, test, vi } from "vitest";
import { freshProcess } from "./fresh-process.ts";
import { temporaryFolder } from "./temporary-folder.ts";

afterEach(freshProcess);

const start = (options: InstrumentOptions): Promise<Monitoring> =>
  instrumentAllSystems({ env: {}, cwd: "/", ...options });
const sqlite = (folder: string): GiflabConfig => ({ monitoring: { sqlite: { dbPath: join(folder, "metrics.db") } } });
const memory: GiflabConfig = { monitoring: { backend: "memory" } };
const pressed = { level: "warning", usedBytes: 7, totalBytes: 10, freed: [{ cache: "frame", bytes: 2 ** 20 }] };
const hit = { cache: "frame", operation: "get", outcome: "hit", seconds: 0.001 };

/** Sums of counters by name, read from inside the process. */
async function counted(monitoring: Monitoring): Promise<Record<string, number>> {
  await monitoring.collector.flush();
  return sums(monitoring.reader!);
}

async function sums(reader: NonNullable<Monitoring["reader"]>): Promise<Record<string, number>> {
  const summaries = await reader.summaries({ from: 0, to: Date.now() / 1000 + 1 });
  return Object.fromEntries(summaries.filter(({ kind }) => kind === "counter").map(({ name, sum }) => [name, sum!]));
}

async function stored(folder: string): Promise<Record<string, number>> {
  const store = await openStore(await loadConfig({ env: {}, cwd: "/", config: sqlite(folder) }));
  try {
    return await sums(store);
  } finally {
    await store.close();
  }
}

describe("what is recorded", () => {
  test("everything reaches the configured SQLite file, whether recorded before, during or by published messages", async () => {
    const folder = temporaryFolder();
    getMetricsCollector().counter("early").add(2);
    const timed = trackTiming({ metricName: "work" }, () => 1);
    timed();
    const monitoring = await start({ config: sqlite(folder) });
    monitoring.collector.counter("later").add(3);
    channel("giflab:cache").publish(hit);
    timed();
    await monitoring.stop();

    expect(await stored(folder)).toMatchObject({ early: 2, later: 3, "cache.frame.hits": 1 });
    const store = await openStore(await loadConfig({ env: {}, cwd: "/", config: sqlite(folder) }));
    const [work] = await store.summaries({ match: "work", from: 0, to: Date.now() / 1000 + 1 });
    await store.close();
    expect(work?.count).toBe(2);
  });

  test("a second call is the same monitoring and counts nothing twice", async () => {
    const first = start({ config: memory });
    const second = start({ config: { monitoring: { backend: "nonsense" } } });
    expect(await second).toBe(await first);
    channel("giflab:cache").publish(hit);
    expect((await counted(await first))["cache.frame.hits"]).toBe(1);
  });

  test("systems that are switched off are not recorded, and the others are", async () => {
    const monitoring = await start({
      config: { monitoring: { backend: "memory", systems: { resize: false, lazy: false } } },
    });
    for (const cache of ["frame", "resize", "resize.buffer_pool"]) channel("giflab:cache").publish({ ...hit, cache });
    channel("giflab:lazy-import").publish({ module: "x", seconds: 1, fallbackUsed: false });
    channel("giflab:sampling").publish({ strategy: "uniform", framesTotal: 4, framesSampled: 2, seconds: 1 });
    channel("giflab:memory-pressure").publish(pressed);
    const counts = await counted(monitoring);
    const names = Object.keys(counts).filter((name) => counts[name]! > 0);
    expect(names.sort()).toEqual([
      "cache.frame.hits",
      "cache.memory_pressure.evictions",
      "cache.memory_pressure.freed_mb",
      "sampling.strategy_usage",
    ]);
  });

  test("memory pressure is not recorded when that is switched off", async () => {
    const monitoring = await start({ config: { monitoring: { backend: "memory", systems: { memory: false } } } });
    channel("giflab:memory-pressure").publish(pressed);
    channel("giflab:cache").publish(hit);
    expect(Object.keys(await counted(monitoring)).filter((name) => name.includes("pressure"))).toEqual([]);
  });

  test("messages that cannot be used are counted and do not disturb the publisher", async () => {
    const warnings: string[] = [];
    const monitoring = await start({
      config: { monitoring: { backend: "memory", systems: { resize: false } } },
      onWarning: (message) => warnings.push(message),
    });
    for (const message of [null, 5, {}, { ...hit, seconds: "x" }]) channel("giflab:cache").publish(message);
    expect((await counted(monitoring))["giflab.monitoring.errors"]).toBe(4);
    expect(warnings).toHaveLength(1);
  });

  test("the collector has the configured options and service", async () => {
    const { collector } = await start({
      config: { monitoring: { backend: "memory", service: "checkout", flushIntervalSeconds: 3 } },
    });
    expect(collector).toBe(getMetricsCollector());
    expect([collector.instance.service, collector.flushIntervalSeconds]).toEqual(["checkout", 3]);
  });

  test("a collector that the program made and uses already keeps its name and gets the backend", async () => {
    const own = new MemoryBackend();
    const warnings: string[] = [];
    setMetricsCollector(new MetricsCollector({ service: "own", backends: [own] }));
    await getMetricsCollector().flush();
    const { collector } = await start({
      config: { monitoring: { backend: "memory", service: "other" } },
      onWarning: (message) => warnings.push(message),
    });
    expect(collector.backends).toHaveLength(2);
    expect(collector.instance.service).toBe("own");
    expect(warnings).toEqual([expect.stringContaining("service")]);
  });

  test("a collector that the program has closed is replaced", async () => {
    const old = getMetricsCollector();
    await old.close();
    const { collector } = await start({ config: memory });
    expect(collector).not.toBe(old);
    expect(collector.backends).toHaveLength(1);
  });
});

describe("stopping", () => {
  test("takes the instrumentation away and lets it start again, into the same file", async () => {
    const folder = temporaryFolder();
    for (let round = 1; round <= 3; round++) {
      const monitoring = await start({ config: sqlite(folder) });
      expect(channel("giflab:cache").hasSubscribers).toBe(true);
      getMetricsCollector().counter("rounds").add(1);
      await Promise.all([monitoring.stop(), monitoring.stop()]);
      expect(channel("giflab:cache").hasSubscribers).toBe(false);
      channel("giflab:cache").publish(hit);
    }
    expect(await stored(folder)).toMatchObject({ rounds: 3 });
    expect(await stored(folder)).not.toHaveProperty("cache.frame.hits");
  });

  test("what is recorded between a stop and the next start is delivered after the next start", async () => {
    await (await start({ config: memory })).stop();
    getMetricsCollector().counter("between").add(7);
    expect(await counted(await start({ config: memory }))).toMatchObject({ between: 7 });
  });

  test("waits for rules that the program has just added, however slow their store is", async () => {
    class SlowStore extends MemoryBackend {
      readonly events: string[] = [];
      override async compareAndSet(...change: Parameters<MemoryBackend["compareAndSet"]>): Promise<number | undefined> {
        for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
        this.events.push(change[0]);
        return super.compareAndSet(...change);
      }
      override async close(): Promise<void> {
        this.events.push("close");
        await super.close();
      }
    }
    const backend = new SlowStore();
    const monitoring = await start({ config: { monitoring: { backend } } });
    getAlertManager().addRule(
      new AlertRule({ name: "mine", metricPattern: "queue", warningThreshold: 1, criticalThreshold: 9 }),
    );
    await monitoring.stop();
    expect(backend.events).toEqual([expect.stringContaining("mine"), "close"]);
  });

  test("leaves no listener on the process", async () => {
    const events = ["exit", "beforeExit", "SIGTERM", "SIGINT", "SIGHUP", "uncaughtExceptionMonitor"];
    const listeners = () => events.map((event) => process.listenerCount(event));
    const before = listeners();
    const monitoring = await start({ config: memory });
    expect(listeners()).not.toEqual(before);
    await monitoring.stop();
    expect(listeners()).toEqual(before);
  });

  test("happens at the end of an `await using` block", async () => {
    {
      await using monitoring = await start({ config: memory });
      expect(monitoring.collector.enabled).toBe(true);
    }
    expect(channel("giflab:cache").hasSubscribers).toBe(false);
  });
});

describe("monitoring that is switched off", () => {
  test("opens nothing, makes no file, listens to nothing", async () => {
    const folder = temporaryFolder();
    const config = { monitoring: { ...sqlite(folder).monitoring, enabled: false } };
    const monitoring = await start({ config });
    const counter = monitoring.collector.counter("x");
    counter.add(1);
    channel("giflab:cache").publish(hit);
    await monitoring.collector.flush();
    expect([monitoring.reader, monitoring.collector.enabled, monitoring.collector.backends]).toEqual([
      undefined,
      false,
      [],
    ]);
    expect(channel("giflab:cache").hasSubscribers).toBe(false);
    await monitoring.stop();
    expect(readdirSync(folder)).toEqual([]);
  });

  test("is switched off from the environment too, and on again after a stop", async () => {
    const folder = temporaryFolder();
    const off = await start({ config: sqlite(folder), env: { GIFLAB_MONITORING_ENABLED: "0" } });
    await off.stop();
    expect(existsSync(join(folder, "metrics.db"))).toBe(false);
    const on = await start({ config: sqlite(folder) });
    on.collector.counter("x").add(1);
    await on.stop();
    expect(await stored(folder)).toMatchObject({ x: 1 });
  });
});

describe("what goes wrong", () => {
  test("a store that cannot be opened is replaced by memory, said once", async () => {
    const folder = temporaryFolder({ "metrics.db/in-the-way": "" });
    const warnings: string[] = [];
    const monitoring = await start({ config: sqlite(folder), onWarning: (message) => warnings.push(message) });
    monitoring.collector.counter("x").add(4);
    expect(await counted(monitoring)).toMatchObject({ x: 4 });
    expect(monitoring.collector.backends.map(({ name }) => name)).toEqual(["memory"]);
    expect(warnings).toEqual([expect.stringMatching(/^giflab: metrics are kept in memory only.*metrics\.db/)]);
  });

  test("a file that is not ours is left as it is", async () => {
    const folder = temporaryFolder({ "metrics.db": "my diary, which is not a database at all" });
    const warnings: string[] = [];
    await start({ config: sqlite(folder), onWarning: (message) => warnings.push(message) });
    expect(warnings).toHaveLength(1);
    expect(readdirSync(folder)).toEqual(["metrics.db"]);
  });

  test("an invalid configuration is refused and nothing is started; a corrected one then starts", async () => {
    await expect(start({ config: { monitoring: { samplingRate: 2 } } })).rejects.toMatchObject({
      code: "INVALID_CONFIG",
    });
    expect(channel("giflab:cache").hasSubscribers).toBe(false);
    expect((await start({ config: memory })).collector.backends).toHaveLength(1);
  });

  test("a section that nobody reads is kept, with one warning that names the nearest known", async () => {
    registerExtension({ name: "shop", metrics: {}, sections: { shopCache: v.strictObject({}) } });
    const warnings: string[] = [];
    const { config } = await start({
      config: { ...memory, shopCahce: { limitMb: 5 } },
      onWarning: (message) => warnings.push(message),
    });
    expect(config.sections).toEqual({ shopCache: {}, shopCahce: { limitMb: 5 } });
    expect(warnings).toEqual([expect.stringContaining("shopCahce; did you mean shopCache?")]);
  });

  test.each([
    ["a misspelt monitoring section", { monitorin: { enabled: false } }, "did you mean monitoring?"],
    ["a section that is no object", { shop: true }, "shop must be an object"],
  ])("%s is refused instead of left unread", async (_, config, message) => {
    await expect(start({ config: { ...memory, ...config } })).rejects.toThrow(message);
  });
});

describe("extensions", () => {
  const metrics = defineMetrics({ "shop.orders": { kind: "counter", unit: "orders", system: "shop" } });
  const sections = { shop: v.strictObject({ open: v.optional(v.boolean(), true) }) };
  const rule = new AlertRule({
    name: "orders",
    metricPattern: "shop.orders",
    warningThreshold: 1,
    criticalThreshold: 2,
  });

  test("their metrics, sections and rules are known, registered before the start or after it", async () => {
    registerExtension({ name: "shop", metrics, sections, alertRules: [rule] });
    const monitoring = await start({ config: memory });
    registerExtension({
      name: "late",
      metrics: defineMetrics({ late: { kind: "gauge", unit: "MB" } }),
      sections: {},
      alertRules: [new AlertRule({ name: "late", metricPattern: "late", warningThreshold: 0.5, criticalThreshold: 2 })],
    });
    await instrumentAllSystems();
    getMetricsCollector().recordCounter("shop.orders");
    getMetricsCollector().recordGauge("late", 1);
    await monitoring.collector.flush();
    const summaries = await monitoring.reader!.summaries({
      match: ["shop.*", "late"],
      from: 0,
      to: Date.now() / 1000 + 1,
    });
    expect(summaries.map(({ name, unit }) => [name, unit])).toEqual([
      ["late", "MB"],
      ["shop.orders", "orders"],
    ]);
    expect(monitoring.config.sections).toEqual({ shop: { open: true } });
    expect(getAlertManager().rules.map(({ name }) => name)).toEqual(expect.arrayContaining(["orders", "late"]));
    expect((await getAlertManager().evaluate()).alerts.map(({ rule }) => rule)).toContain("late");
  });

  test("two cannot have the same section", () => {
    registerExtension({ name: "shop", metrics, sections });
    registerExtension({ name: "shop", metrics, sections: {} });
    expect(() => registerExtension({ name: "other", metrics: {}, sections })).toThrow(
      'extension other wants the section "shop", which belongs to shop',
    );
    expect(() =>
      registerExtension({ name: "third", metrics: {}, sections: { monitoring: v.strictObject({}) } }),
    ).toThrow("belongs to @giflab/monitoring");
  });
});

describe("alerts", () => {
  test("rules of the configuration are evaluated over what this process recorded; the program's own win", async () => {
    getAlertManager().addRule(
      new AlertRule({ name: "memory-usage", metricPattern: "queue", warningThreshold: 1, criticalThreshold: 9 }),
    );
    const monitoring = await start({
      config: { monitoring: { backend: "memory", alerts: { cacheHitRateWarning: 0.9 } } },
    });
    for (let i = 0; i < 100; i++) channel("giflab:cache").publish({ ...hit, outcome: i < 80 ? "hit" : "miss" });
    monitoring.collector.gauge("queue").set(5);
    await monitoring.collector.flush();
    const { alerts } = await getAlertManager().evaluate();
    expect(alerts.map((alert) => [alert.rule, alert.level])).toEqual([
      ["cache-hit-rate", "warning"],
      ["memory-usage", "warning"],
    ]);
    await monitoring.stop();
    await expect(getAlertManager().evaluate()).rejects.toMatchObject({ code: "BACKEND_UNAVAILABLE" });
  });

  test("a rule that the program adds is stored with the metrics when monitoring stops", async () => {
    const folder = temporaryFolder();
    const monitoring = await start({ config: sqlite(folder) });
    getAlertManager().addRule(
      new AlertRule({ name: "mine", metricPattern: "queue", warningThreshold: 1, criticalThreshold: 9 }),
    );
    await monitoring.stop();
    const store = await openStore(await loadConfig({ env: {}, cwd: "/", config: sqlite(folder) }));
    const entries = await store.list("");
    await store.close();
    expect(entries.map(({ value }) => value).join()).toContain('"mine"');
  });

  test("giflab.rules.yaml beside the configuration file adds rules, and a mistake in it stops the start", async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "giflab.config.json"), JSON.stringify({ monitoring: { backend: "memory" } }));
    const rules = join(folder, "giflab.rules.yaml");
    writeFileSync(rules, "rules:\n- name: cache-hit-rate\n  metricPattern: queue\n  warningThreshold: 3\n");
    const monitoring = await start({ cwd: folder });
    monitoring.collector.gauge("queue").set(5);
    await monitoring.collector.flush();
    const { alerts } = await getAlertManager().evaluate();
    expect(alerts).toMatchObject([{ rule: "cache-hit-rate", metric: "queue", level: "warning" }]);
    await monitoring.stop();
    writeFileSync(rules, "rules:\n- name: a\n  metricPattern: queue\n  warningThreshold: much\n");
    await expect(start({ cwd: folder })).rejects.toThrow(`${rules}:4:3: rules[0]: warningThreshold must be a number`);
    await expect(
      start({ config: { monitoring: { backend: "memory", alerts: { rulesFile: join(folder, "none.yaml") } } } }),
    ).rejects.toThrow(/none\.yaml cannot be read/);
  });

  test("are evaluated inside the program and recorded as metrics, where the configuration asks for it", async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    const path = join(temporaryFolder(), "told.log");
    try {
      const monitoring = await start({
        config: {
          monitoring: {
            backend: "memory",
            alerts: { evaluateEverySeconds: 30, notifiers: [{ name: "log", type: "log", path }] },
          },
        },
      });
      for (let i = 0; i < 100; i++) channel("giflab:cache").publish({ ...hit, outcome: i < 30 ? "hit" : "miss" });
      await monitoring.collector.flush();
      await vi.advanceTimersByTimeAsync(30_000);
      const now = Date.now() / 1000 + 1;
      const firing = async () => {
        await monitoring.collector.flush();
        const found = await monitoring.reader!.summaries({ match: "giflab.alerts.firing", from: now - 60, to: now });
        return found.filter(({ tags }) => tags["rule"] === "cache-hit-rate" && tags["level"] === "warning");
      };
      await vi.waitFor(async () => expect(await firing()).toMatchObject([{ last: 1 }]));
      await monitoring.stop();
      expect(JSON.parse(readFileSync(path, "utf8"))).toMatchObject({
        receiver: "log",
        status: "firing",
        commonLabels: { alertname: "cache-hit-rate", severity: "warning" },
      });
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });

  test("cannot be evaluated inside a program whose backends answer no queries: it says so and runs on", async () => {
    const warnings: string[] = [];
    const sink = { name: "sink", write: () => {}, close: async () => {} };
    await start({
      config: { monitoring: { backend: sink, alerts: { evaluateEverySeconds: 30 } } },
      onWarning: (message) => warnings.push(message),
    });
    expect(warnings.join()).toMatch(/evaluateEverySeconds has no effect/);
  });
});
