import { channel } from "node:diagnostics_channel";
import {
  ManualClock,
  MemoryBackend,
  type MetricSummary,
  MetricsCollector,
  setMetricsCollector,
} from "@giflab/metrics-core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ChannelInstrumentation, instrumentChannels } from "../src/index.ts";

const cache = channel("giflab:cache");
const sampling = channel("giflab:sampling");
const lazyImport = channel("giflab:lazy-import");
const pressure = channel("giflab:memory-pressure");

let clock: ManualClock;
let memory: MemoryBackend;
let collector: MetricsCollector;
let instrumentation: ChannelInstrumentation;

beforeEach(() => {
  clock = new ManualClock();
  memory = new MemoryBackend();
  collector = new MetricsCollector({ backends: [memory], clock, service: "test", onWarning: () => {} });
  setMetricsCollector(collector);
  instrumentation = instrumentChannels();
});
afterEach(async () => {
  instrumentation.stop();
  setMetricsCollector(undefined);
  await collector.close();
});

const summaries = async (match: string): Promise<readonly MetricSummary[]> => {
  clock.advance(10);
  await collector.flush();
  return memory.summaries({ match, from: clock.now() - 1000, to: clock.now() });
};

const get = (outcome: "hit" | "miss", more: object = {}): object => {
  return {
    cache: "frame",
    operation: "get",
    outcome,
    seconds: 0.001,
    memoryBytes: 2 ** 20,
    memoryLimitBytes: 5 * 2 ** 20,
    ...more,
  };
};

describe("the cache channel", () => {
  it("shows 0 evictions once and not under every tag of look-ups, and evictions under their own tags", async () => {
    const tags = (of: string) => ({ cache: "validation", tags: { metric_type: of, tier: "memory" } });
    for (const metric of ["ssim", "mse", "gmsd"]) cache.publish(get("hit", tags(metric)));
    const evictions = async () =>
      (await summaries("cache.validation.evictions")).map(({ tags, sum }) => [tags, sum] as const);
    expect(await evictions()).toEqual([[{}, 0]]);
    cache.publish({ cache: "validation", operation: "evict", seconds: 0, count: 2 });
    cache.publish({ cache: "validation", operation: "evict", seconds: 0, tags: { metric_type: "ssim" } });
    expect(await evictions()).toEqual([
      [{ metric_type: "ssim" }, 1],
      [{}, 2],
    ]);
  });

  it("becomes the metrics of the operations manual", async () => {
    for (let i = 0; i < 3; i++) cache.publish(get("hit", { tags: { tier: "memory" } }));
    cache.publish(get("miss"));
    cache.publish({
      cache: "frame",
      operation: "evict",
      seconds: 0,
      count: 2,
      memoryBytes: 0,
      memoryLimitBytes: 5 * 2 ** 20,
    });
    const found = new Map((await summaries("cache.frame.*")).map((one) => [one.name + JSON.stringify(one.tags), one]));
    expect(found.get('cache.frame.hits{"tier":"memory"}')).toMatchObject({ kind: "counter", sum: 3, system: "frame" });
    expect(found.get("cache.frame.misses{}")).toMatchObject({ sum: 1 });
    expect(found.get("cache.frame.evictions{}")).toMatchObject({ sum: 2 });
    expect(found.get("cache.frame.memory_limit_mb{}")).toMatchObject({ kind: "gauge", unit: "MB", last: 5 });
    expect(found.get("cache.frame.hit_rate{}")).toMatchObject({ kind: "derived", value: 0.75 });
    expect(found.get('cache.frame.operation.duration{"operation":"get","outcome":"hit"}')).toMatchObject({
      count: 3,
      unit: "s",
    });
  });

  it("shows misses as 0 before the first one", async () => {
    cache.publish(get("hit"));
    expect((await summaries("cache.frame.misses"))[0]).toMatchObject({ sum: 0 });
  });

  it("records reuse distances and first uses, as many times as look-ups they stand for, and refusals", async () => {
    const MB = 2 ** 20;
    cache.publish(get("miss", { firstUse: true }));
    cache.publish(get("hit", { reuseDistanceBytes: 3 * MB }));
    cache.publish(get("miss", { reuseDistanceBytes: 8 * MB, reuseWeight: 4 }));
    cache.publish(get("miss", { firstUse: true, reuseWeight: 2 }));
    cache.publish(get("hit"));
    cache.publish({ cache: "frame", operation: "put", seconds: 0, refused: true });
    cache.publish({ cache: "frame", operation: "put", seconds: 0 });
    const found = new Map((await summaries("cache.frame.*")).map((one) => [one.name, one]));
    expect(found.get("cache.frame.reuse_distance_mb")).toMatchObject({
      kind: "histogram",
      unit: "MB",
      tags: {},
      count: 5,
      sum: 35,
    });
    expect(found.get("cache.frame.first_uses")).toMatchObject({ kind: "counter", tags: {}, sum: 3 });
    expect(found.get("cache.frame.avoidable_misses")).toMatchObject({ kind: "counter", tags: {}, sum: 4 });
    expect(found.get("cache.frame.refusals")).toMatchObject({ kind: "counter", sum: 1 });
  });

  it("shows avoidable misses as 0 when only first uses missed, and not at all when nobody says what they were", async () => {
    cache.publish(get("miss"));
    expect(await summaries("cache.frame.avoidable_misses")).toEqual([]);
    cache.publish(get("miss", { firstUse: true }));
    expect(await summaries("cache.frame.avoidable_misses")).toMatchObject([{ sum: 0 }]);
  });

  it("tells look-ups of resized frames apart by size and method, but not how long they took", async () => {
    for (const size of ["8x8", "4x4"]) {
      cache.publish({ cache: "resize", operation: "get", outcome: "hit", seconds: 0, tags: { size, method: "AREA" } });
    }
    const found = await summaries("cache.resize.*");
    const tagsOf = (metric: string) => found.filter(({ name }) => name === metric).map(({ tags }) => tags);
    expect(tagsOf("cache.resize.hits")).toEqual([
      { size: "4x4", method: "AREA" },
      { size: "8x8", method: "AREA" },
    ]);
    expect(tagsOf("cache.resize.operation.duration")).toEqual([{ operation: "get", outcome: "hit" }]);
  });

  it("serves any name of a cache, and the hit rate of validation per metric type", async () => {
    cache.publish({ cache: "sessions", operation: "get", outcome: "miss", seconds: 0 });
    cache.publish({ cache: "validation", operation: "get", outcome: "hit", seconds: 0, tags: { metric_type: "ssim" } });
    cache.publish({
      cache: "validation",
      operation: "get",
      outcome: "miss",
      seconds: 0,
      tags: { metric_type: "psnr" },
    });
    expect((await summaries("cache.sessions.hit_rate"))[0]).toMatchObject({ value: 0 });
    expect((await summaries("cache.validation.hit_rate")).map((one) => [one.tags, one.value])).toEqual([
      [{ metric_type: "psnr" }, 0],
      [{ metric_type: "ssim" }, 1],
    ]);
  });
});

describe("the other channels", () => {
  it("record sampling by strategy", async () => {
    sampling.publish({
      strategy: "uniform",
      framesTotal: 100,
      framesSampled: 30,
      confidenceIntervalWidth: 0.05,
      seconds: 0.1,
      speedupFactor: 3,
    });
    const found = new Map((await summaries("sampling.*")).map((one) => [one.name, one]));
    expect(found.get("sampling.frames_sampled_ratio")).toMatchObject({ last: 0.3, tags: { strategy: "uniform" } });
    expect(found.get("sampling.confidence_interval_width")).toMatchObject({ last: 0.05 });
    expect(found.get("sampling.speedup_factor")).toMatchObject({ last: 3 });
    expect(found.get("sampling.strategy_usage")).toMatchObject({ kind: "counter", sum: 1 });
  });

  it("record memory pressure, and what caches gave back by level and by cache", async () => {
    const MB = 2 ** 20;
    pressure.publish({ level: "normal", usedBytes: 50 * MB, totalBytes: 100 * MB, freed: [] });
    pressure.publish({
      level: "critical",
      usedBytes: 81 * MB,
      totalBytes: 100 * MB,
      freed: [
        { cache: "validation", bytes: 3 * MB },
        { cache: "frame", bytes: 5.5 * MB },
      ],
    });
    pressure.publish({ level: "critical", usedBytes: 81 * MB, totalBytes: 100 * MB, freed: [] });
    pressure.publish({ level: "normal", usedBytes: 0, totalBytes: 0, freed: [] });
    const found = new Map(
      (await summaries("cache.memory_pressure.*")).map((one) => [one.name + JSON.stringify(one.tags), one]),
    );
    expect(found.get("cache.memory_pressure.level{}")).toMatchObject({ kind: "gauge", last: 0 });
    expect(found.get("cache.memory_pressure.used_ratio{}")).toMatchObject({ last: 0.81 });
    expect(found.get('cache.memory_pressure.evictions{"level":"critical"}')).toMatchObject({ sum: 1 });
    expect(found.get('cache.memory_pressure.freed_mb{"cache":"frame"}')).toMatchObject({ unit: "MB", sum: 5.5 });
    expect(found.size).toBe(5);
    pressure.publish({ level: "dire", usedBytes: 0, totalBytes: 0, freed: [] });
    expect((await summaries("giflab.monitoring.errors"))[0]).toMatchObject({
      sum: 1,
      tags: { reason: "memory_pressure_message" },
    });
  });

  it("record lazy imports by module", async () => {
    lazyImport.publish({ module: "sharp", seconds: 0.05, fallbackUsed: false });
    const found = new Map((await summaries("lazy_import.*")).map((one) => [one.name, one]));
    expect(found.get("lazy_import.load_time")).toMatchObject({ kind: "timer", count: 1, tags: { module: "sharp" } });
    expect(found.get("lazy_import.load_count")).toMatchObject({ sum: 1 });
    expect(found.get("lazy_import.fallback_used")).toMatchObject({ sum: 0 });
  });
});

describe("instrumentChannels", () => {
  it("counts once when it is called twice, and ends with its last user", async () => {
    const second = instrumentChannels();
    cache.publish(get("hit"));
    expect((await summaries("cache.frame.hits"))[0]).toMatchObject({ sum: 1 });
    second.stop();
    second.stop();
    cache.publish(get("hit"));
    expect((await summaries("cache.frame.hits"))[0]).toMatchObject({ sum: 2 });
  });

  it("leaves no trace when it is stopped", () => {
    instrumentation.stop();
    expect([cache, sampling, lazyImport].map((one) => one.hasSubscribers)).toEqual([false, false, false]);
  });

  it("keeps hostile messages from their publisher and counts them", async () => {
    const thrower = {
      get cache(): string {
        throw new Error("getter");
      },
    };
    const hostile: unknown[] = [
      null,
      undefined,
      7,
      "text",
      [],
      {},
      thrower,
      new Proxy(
        {},
        {
          get: () => {
            throw {
              get message(): string {
                throw new Error("deep");
              },
            };
          },
        },
      ),
      get("hit", { cache: 5 }),
      get("hit", { cache: "" }),
      get("hit", { seconds: "1" }),
      get("hit", { seconds: Number.NaN }),
      get("hit", { operation: "__proto__" }),
      get("hit", { outcome: "perhaps" }),
      get("hit", { tags: { tier: Symbol("s") } }),
      JSON.parse('{"__proto__": {"cache": "frame"}, "operation": "get"}'),
    ];
    for (const message of hostile) {
      for (const one of [cache, sampling, lazyImport]) one.publish(message);
    }
    cache.publish(get("hit", { cache: "x".repeat(100_000) }));
    const errors = await summaries("giflab.monitoring.errors");
    expect(errors.reduce((total, one) => total + (one.sum ?? 0), 0)).toBeGreaterThanOrEqual(hostile.length * 3);
    expect(Object.prototype).not.toHaveProperty("cache");
  });

  it("costs nothing and records nothing while monitoring is off", async () => {
    const off = new MetricsCollector({ enabled: false });
    setMetricsCollector(off);
    cache.publish(get("hit"));
    expect(await summaries("cache.*")).toEqual([]);
  });
});
