import { ManualClock, MemoryBackend, MetricsCollector } from "@giflab/metrics-core";
import { expect, test } from "vitest";
import { isQuiet, statusLines } from "../src/status-report.ts";
import { formatTags, type Paint } from "../src/status-table.ts";

const plain: Paint = (_format, text) => text;

async function recorded() {
  const clock = new ManualClock();
  const store = new MemoryBackend();
  const collector = new MetricsCollector({ backends: [store], service: "api", clock, handleSignals: false });
  collector.define({
    "cache.frame.hits": { kind: "counter", unit: "{hit}", system: "frame" },
    "cache.frame.misses": { kind: "counter", unit: "{miss}", system: "frame" },
    "cache.frame.hit_rate": {
      kind: "derived",
      unit: "1",
      system: "frame",
      formula: "cache.frame.hits / (cache.frame.hits + cache.frame.misses)",
      normalRange: { min: 0.6, max: 0.8, better: "higher" },
    },
    "cache.frame.memory_usage_mb": {
      kind: "gauge",
      unit: "MB",
      system: "frame",
      normalRange: { max: 400, better: "lower" },
    },
    "cache.frame.evictions": {
      kind: "counter",
      unit: "{eviction}",
      system: "frame",
      normalRange: { max: 10, statistic: "ratePerMinute", better: "lower" },
    },
    "request.duration": { kind: "timer", unit: "s" },
  });
  collector.recordCounter("cache.frame.hits", 30, { tier: "memory" });
  collector.recordCounter("cache.frame.misses", 70);
  collector.recordCounter("cache.frame.evictions", 60);
  collector.recordGauge("cache.frame.memory_usage_mb", 384);
  for (let i = 0; i < 10; i++) collector.recordTimer("request.duration", 0.2, { path: "a,b" });
  clock.advance(10);
  await collector.flush();
  return { store, clock, collector };
}

async function shown(store: MemoryBackend, window: { from: number; to: number }, location: string): Promise<string[]> {
  const metrics = await store.summaries(window);
  expect(isQuiet(metrics, window)).toBe(false);
  return statusLines(metrics, { window, location, now: window.to, collapsed: false, paint: plain });
}

test("one row per series, grouped by system, with units, rates and the documented range", async () => {
  const { store, clock } = await recorded();
  const window = { from: clock.now() - 300, to: clock.now() };
  const lines = await shown(store, window, "memory");
  expect(lines).toEqual([
    "metrics in the last 5 min | 10 s covered | 1 process of api | memory",
    "",
    "frame",
    expect.stringMatching(/^Metric +Tags +Value +Count +Rate +p50 +p95 +p99 +Normal$/),
    expect.stringMatching(/^cache\.frame\.evictions +60 +6\/s +!! < 10\/min$/),
    expect.stringMatching(/^cache\.frame\.hit_rate +30 % +!! 60 % to 80 % or more$/),
    expect.stringMatching(/^cache\.frame\.hits +tier=memory +30 +3\/s$/),
    expect.stringMatching(/^cache\.frame\.memory_usage_mb +384 MB +ok < 400 MB$/),
    expect.stringMatching(/^cache\.frame\.misses +70 +7\/s$/),
    "",
    "other",
    expect.stringMatching(/^Metric +Tags/),
    expect.stringMatching(/^request\.duration +path="a,b" +10 +1\/s +20\d ms|19\d ms/),
  ]);
});

test("a timer of 0.2 s is shown as about 200 ms", async () => {
  const { store, clock } = await recorded();
  const window = { from: clock.now() - 300, to: clock.now() };
  const lines = await shown(store, window, "m");
  const found = /(\d+(?:\.\d+)?) ms/.exec(lines.at(-1)!)!;
  expect(Math.abs(Number(found[1]) - 200)).toBeLessThanOrEqual(2);
});

test("services are named when there are several", async () => {
  const { store, clock } = await recorded();
  const other = new MetricsCollector({ backends: [store], service: "worker", clock, handleSignals: false });
  other.recordCounter("jobs", 1);
  clock.advance(10);
  await other.flush();
  const window = { from: clock.now() - 300, to: clock.now() };
  const lines = await shown(store, window, "m");
  expect(lines[0]).toContain("2 processes of api, worker");
  expect(lines.find((line) => line.startsWith("jobs"))).toMatch(/^jobs +worker +1 /);
});

test("tag values that look like more tags are quoted, control characters are shown", () => {
  expect(formatTags({ a: "x,b=y" })).toBe('a="x,b=y"');
  expect(formatTags({ a: "x", b: "y" })).toBe("a=x, b=y");
  expect(formatTags({ a: "\x1b[31m" })).toBe("a=\\x1b[31m");
});
