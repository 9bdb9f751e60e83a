import { join } from "node:path";
import { SqliteBackend } from "@giflab/backend-sqlite";
import { ManualClock, type MetricSummary, MetricsCollector } from "@giflab/metrics-core";
import { describe, expect, test } from "vitest";
import { processingMetrics } from "../src/config/processing-metrics.ts";
import { CommandHome } from "./commands/cache/command-home.ts";
import { runRecordingModules } from "./loaded-modules.ts";

type Tags = Readonly<Record<string, string>>;

/** A metric with a normal range, and values that lie on its bad side, in it, and on its good side. */
interface Ranged {
  readonly metric: string;
  readonly tags?: Tags;
  readonly bad: number;
  readonly inside: number;
  readonly good: number;
  readonly record: (collector: MetricsCollector, value: number) => void;
}

/** Seconds that were recorded, so that rates are known. */
const RECORDED_SECONDS = 120;

const gauge = (metric: string, tags?: Tags) => ({
  metric,
  ...(tags === undefined ? {} : { tags }),
  record: (collector: MetricsCollector, value: number) => collector.recordGauge(metric, value, tags),
});

const hitRate = (cache: string, tags?: Tags) => ({
  metric: `cache.${cache}.hit_rate`,
  ...(tags === undefined ? {} : { tags }),
  record: (collector: MetricsCollector, value: number) => {
    collector.recordCounter(`cache.${cache}.hits`, Math.round(1000 * value), { ...tags, tier: "memory" });
    collector.recordCounter(`cache.${cache}.misses`, Math.round(1000 * (1 - value)), tags);
  },
});

const timer = (metric: string, tags: Tags) => ({
  metric,
  tags,
  record: (collector: MetricsCollector, value: number) => collector.recordTimer(metric, value, tags),
});

const counter = (metric: string, tags?: Tags) => ({
  metric,
  ...(tags === undefined ? {} : { tags }),
  record: (collector: MetricsCollector, value: number) => collector.recordCounter(metric, value, tags),
});

/** Every metric of the manual with a normal range. */
const RANGED: readonly Ranged[] = [
  { ...hitRate("frame"), bad: 0.55, inside: 0.7, good: 0.9 },
  { ...gauge("cache.frame.memory_usage_mb"), bad: 450, inside: 399, good: 10 },
  {
    ...timer("cache.frame.operation.duration", { operation: "get", outcome: "hit" }),
    bad: 0.004,
    inside: 0.0009,
    good: 0.000_002,
  },
  { ...counter("cache.frame.evictions"), bad: 24, inside: 18, good: 0 },
  { ...hitRate("validation", { metric_type: "ssim" }), bad: 0.35, inside: 0.5, good: 0.95 },
  { ...gauge("cache.validation.memory_usage_mb"), bad: 90, inside: 79, good: 1 },
  { ...gauge("cache.memory_pressure.level"), bad: 1, inside: 0, good: 0 },
  { ...gauge("sampling.frames_sampled_ratio", { strategy: "adaptive" }), bad: 0.1, inside: 0.5, good: 1 },
  {
    ...gauge("sampling.confidence_interval_width", { strategy: "adaptive" }),
    bad: 0.2,
    inside: 0.09,
    good: 0.001,
  },
  { ...gauge("sampling.speedup_factor", { strategy: "adaptive" }), bad: 1.2, inside: 3, good: 8 },
  { ...timer("lazy_import.load_time", { module: "sharp" }), bad: 0.2, inside: 0.09, good: 0.001 },
  { ...counter("lazy_import.fallback_used", { module: "sharp" }), bad: 1, inside: 0, good: 0 },
];

/** `giflab metrics status` with the store as `record` fills it in two minutes, as JSON and as people read it. */
async function statusAfter(
  record: (collector: MetricsCollector) => void,
): Promise<{ readonly metrics: readonly MetricSummary[]; readonly table: string }> {
  const home = new CommandHome();
  const clock = new ManualClock(Date.now() / 1000 - RECORDED_SECONDS);
  const backend = new SqliteBackend({ dbPath: join(home.cacheFolder, "metrics.db") });
  const collector = new MetricsCollector({ backends: [backend], service: "test", handleSignals: false, clock });
  collector.define(processingMetrics);
  record(collector);
  clock.advance(RECORDED_SECONDS);
  // Not closed before it is looked at: the gauges of a process that has ended are stale.
  await collector.flush();
  const status = (...more: string[]): string => {
    const { stdout, stderr, exitCode } = runRecordingModules(join(import.meta.dirname, "../../cli/bin/giflab.js"), {
      args: ["metrics", "status", "--tags", ...more],
      cwd: home.folder,
      env: { HOME: join(home.folder, "home"), NO_COLOR: "1", GIFLAB_CONFIG: "", GIFLAB_METRICS_DB: "" },
    });
    expect({ stderr, exitCode }).toEqual({ stderr: "", exitCode: 0 });
    return stdout;
  };
  const { metrics } = JSON.parse(status("--json")) as { metrics: MetricSummary[] };
  const table = status();
  await collector.close();
  return { metrics, table };
}

function summaryOf(metrics: readonly MetricSummary[], { metric, tags = {} }: Ranged): MetricSummary | undefined {
  return metrics.find(
    ({ name, tags: own }) => name === metric && Object.entries(tags).every(([key, value]) => own[key] === value),
  );
}

/** The line of a metric in the table. */
function lineOf(table: string, { metric, tags = {} }: Ranged): string | undefined {
  return table
    .split("\n")
    .find(
      (line) =>
        line.startsWith(`${metric} `) && Object.entries(tags).every(([key, value]) => line.includes(`${key}=${value}`)),
    );
}

describe("metrics status", () => {
  test("is tried on every metric that has a normal range", () => {
    const ranged = Object.entries(processingMetrics).filter(([, { normalRange }]) => normalRange !== undefined);
    expect(RANGED.map(({ metric }) => metric).sort()).toEqual(ranged.map(([name]) => name).sort());
  });

  test.each([
    ["bad", false, "!!"],
    ["inside", true, "ok"],
    ["good", true, "ok"],
  ] as const)("marks what lies on the %s side of a normal range", async (side, normal, mark) => {
    const { metrics, table } = await statusAfter((collector) => {
      for (const ranged of RANGED) ranged.record(collector, ranged[side]);
    });
    for (const ranged of RANGED) {
      expect.soft(summaryOf(metrics, ranged)?.normal, `${ranged.metric} of ${ranged[side]}`).toBe(normal);
      expect.soft(lineOf(table, ranged), ranged.metric).toMatch(new RegExp(` ${mark} \\S`));
    }
  });

  test("judges only the durations of hits, as the manual says it of them", async () => {
    const { metrics, table } = await statusAfter((collector) => {
      for (const tags of [{ operation: "get", outcome: "miss" }, { operation: "put" }, { operation: "evict" }]) {
        collector.recordTimer("cache.frame.operation.duration", 2, tags);
      }
      collector.recordTimer("cache.frame.operation.duration", 0.0001, { operation: "get", outcome: "hit" });
    });
    const judged = metrics.filter(({ name }) => name === "cache.frame.operation.duration");
    expect(judged.map(({ tags, normal }) => [tags["outcome"] ?? tags["operation"], normal]).sort()).toEqual([
      ["evict", null],
      ["hit", true],
      ["miss", null],
      ["put", null],
    ]);
    expect(table.match(/!!/g)).toBeNull();
    expect(table).toMatch(/outcome=hit .* ok < 1 ms$/m);
  });

  test("counts evictions per minute of what was recorded, not their sum", async () => {
    const { metrics } = await statusAfter((collector) => collector.recordCounter("cache.frame.evictions", 22));
    const [evictions] = metrics.filter(({ name }) => name === "cache.frame.evictions");
    expect(evictions).toMatchObject({ sum: 22, normal: false });
    expect(evictions!.rate! * 60).toBeCloseTo(11, 1);
  });

  test("says of a range whose better side is normal too that it is", async () => {
    const { table } = await statusAfter((collector) => hitRate("frame").record(collector, 0.9));
    expect(table).toMatch(/^cache\.frame\.hit_rate +90 % .*ok 60 % to 80 % or more$/m);
  });
});
