import { join } from "node:path";
import { MemoryBackend, type MetricSummary, MetricsCollector } from "@giflab/metrics-core";
import * as v from "valibot";
import { describe, expect, test } from "vitest";
import { processingExtension } from "../src/monitoring.ts";
import { DEFAULT_SAMPLING } from "../src/sampling/sampling-config.ts";
import { runRecordingModules } from "./loaded-modules.ts";

const { metrics, sections } = processingExtension;

describe("the catalogue", () => {
  test("has every metric of the operations manual with its kind and its normal range", () => {
    const described = Object.fromEntries(
      Object.entries(metrics).map(([name, { kind, normalRange }]) => [name, { kind, normalRange }]),
    );
    expect(described).toMatchObject({
      "cache.frame.hits": { kind: "counter" },
      "cache.frame.misses": { kind: "counter" },
      "cache.frame.hit_rate": { kind: "derived", normalRange: { min: 0.6, max: 0.8 } },
      "cache.frame.memory_usage_mb": { kind: "gauge", normalRange: { max: 400 } },
      "cache.frame.operation.duration": { kind: "timer", normalRange: { max: 0.001, where: { outcome: "hit" } } },
      "cache.frame.evictions": { kind: "counter", normalRange: { max: 10, statistic: "ratePerMinute" } },
      "cache.validation.hits": { kind: "counter" },
      "cache.validation.misses": { kind: "counter" },
      "cache.validation.hit_rate": { kind: "derived", normalRange: { min: 0.4, max: 0.6 } },
      "cache.validation.memory_usage_mb": { kind: "gauge", normalRange: { max: 80 } },
      "sampling.frames_sampled_ratio": { kind: "gauge", normalRange: { min: 0.2, max: 0.8 } },
      "sampling.confidence_interval_width": { kind: "gauge", normalRange: { max: 0.1 } },
      "sampling.speedup_factor": { kind: "gauge", normalRange: { min: 1.5, max: 5 } },
      "sampling.strategy_usage": { kind: "counter" },
      "lazy_import.load_time": { kind: "timer", normalRange: { max: 0.1 } },
      "lazy_import.load_count": { kind: "counter" },
      "lazy_import.fallback_used": { kind: "counter", normalRange: { max: 0 } },
    });
    for (const definition of Object.values(metrics)) {
      expect(definition.description).toMatch(/^[A-Z].*[^.]$/);
      expect(["frame", "validation", "resize", "memory", "sampling", "lazy"]).toContain(definition.system);
    }
  });

  /** Records as instrumentation would, and returns what a reader sees of it. */
  async function recorded(record: (collector: MetricsCollector) => void): Promise<readonly MetricSummary[]> {
    const store = new MemoryBackend();
    const collector = new MetricsCollector({ backends: [store], service: "test", handleSignals: false });
    collector.define(metrics);
    const from = Date.now() / 1000 - 1;
    record(collector);
    await collector.flush();
    const summaries = await store.summaries({ from, to: Date.now() / 1000 + 1 });
    await collector.close();
    return summaries;
  }

  test("finds a hit rate of 90 % normal, as it is better than 60-80 %, and one of 30 % not", async () => {
    for (const [hits, normal] of [
      [9, true],
      [7, true],
      [3, false],
    ] as const) {
      const summaries = await recorded((collector) => {
        collector.recordCounter("cache.frame.hits", hits, { tier: "memory" });
        collector.recordCounter("cache.frame.misses", 10 - hits);
      });
      const rate = summaries.find(({ name }) => name === "cache.frame.hit_rate");
      expect(rate).toMatchObject({ value: hits / 10, normal });
    }
  });

  test("has one validation hit rate per metric type, and only hits judge the duration", async () => {
    const summaries = await recorded((collector) => {
      collector.recordCounter("cache.validation.hits", 3, { metric_type: "ssim", tier: "disk" });
      collector.recordCounter("cache.validation.misses", 1, { metric_type: "ssim" });
      collector.recordCounter("cache.validation.hits", 1, { metric_type: "mse", tier: "memory" });
      collector.recordCounter("cache.validation.misses", 1, { metric_type: "mse" });
      collector.recordTimer("cache.frame.operation.duration", 0.5, { operation: "get", outcome: "miss" });
      collector.recordTimer("cache.frame.operation.duration", 0.5, { operation: "get", outcome: "hit" });
    });
    const of = (name: string) =>
      summaries
        .filter((summary) => summary.name === name)
        .map(({ tags, value, normal }) => ({ ...tags, value, normal }));
    expect(of("cache.validation.hit_rate")).toEqual([
      { metric_type: "mse", value: 0.5, normal: true },
      { metric_type: "ssim", value: 0.75, normal: true },
    ]);
    expect(of("cache.frame.operation.duration")).toEqual([
      { operation: "get", outcome: "hit", value: undefined, normal: false },
      { operation: "get", outcome: "miss", value: undefined, normal: null },
    ]);
  });
});

describe("the config sections", () => {
  test("default to what the caches and samplers default to", () => {
    expect(v.parse(sections.frameCache, {})).toEqual({
      enabled: true,
      memoryLimitMb: 500,
      diskLimitMb: 2000,
      ttlSeconds: 86_400,
      evictionPolicy: "lru",
      keyBy: "version",
    });
    expect(v.parse(sections.memoryPressure, {})).toEqual({
      enabled: true,
      warningRatio: 0.7,
      criticalRatio: 0.8,
      emergencyRatio: 0.95,
      hysteresisRatio: 0.05,
      intervalSeconds: 5,
      cooldownSeconds: 30,
    });
    expect(v.parse(sections.validationCache, {})).toEqual({
      enabled: true,
      memoryLimitMb: 100,
      diskLimitMb: 1000,
      ttlSeconds: 172_800,
      evictionPolicy: "lru",
      metrics: {},
    });
    expect(v.parse(sections.resizeCache, {})).toMatchObject({ enabled: true, memoryLimitMb: 200, ttlSeconds: 3600 });
    expect(v.parse(sections.frameSampling, {})).toEqual(DEFAULT_SAMPLING);
  });

  test("take the manual's tuning samples", () => {
    expect(v.parse(sections.frameCache, { memoryLimitMb: 1000, diskLimitMb: 5000 }).memoryLimitMb).toBe(1000);
    for (const sample of [
      { defaultStrategy: "uniform", uniform: { samplingRate: 0.5 } },
      { defaultStrategy: "progressive", progressive: { targetCiWidth: 0.05 } },
      { defaultStrategy: "adaptive", adaptive: { baseRate: 0.2, maxRate: 0.9 } },
    ]) {
      expect(v.parse(sections.frameSampling, sample)).toMatchObject(sample);
    }
  });

  test.each([
    [sections.frameCache, { memoryLimitMb: -1 }],
    [sections.frameCache, { memoryLimit: 5 }],
    [sections.frameCache, { evictionPolicy: "fifo" }],
    [sections.frameCache, { keyBy: "name" }],
    [sections.memoryPressure, { warningRatio: 0.9 }],
    [sections.memoryPressure, { warningRatio: 70 }],
    [sections.memoryPressure, { hysteresisRatio: 0.7 }],
    [sections.memoryPressure, { intervalSeconds: 0 }],
    [sections.validationCache, { ttlSeconds: "1 day" }],
    [sections.resizeCache, { enabled: "yes" }],
    [sections.frameSampling, { defaultStrategy: "random" }],
    [sections.frameSampling, { uniform: { samplingRate: 30 } }],
  ] as const)("refuse what makes no sense: %#", (section, input) => {
    expect(v.safeParse(section, input).success).toBe(false);
  });
});

test("importing the extension loads no decoder and nothing native", () => {
  const { loaded, exitCode } = runRecordingModules(join(import.meta.dirname, "../src/monitoring.ts"));
  expect(exitCode).toBe(0);
  expect(loaded.some((url) => url.includes("processing-metrics"))).toBe(true);
  expect(
    loaded.filter((url) =>
      /sharp|better-sqlite3|gifenc|xxhash|pino|oclif|\.node$|\/src\/(gif|caching|quality|pipeline)\//.test(url),
    ),
  ).toEqual([]);
});
