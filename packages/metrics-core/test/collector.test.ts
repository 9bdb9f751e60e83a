import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import {
  ManualClock,
  MemoryBackend,
  type MetricSnapshot,
  type MetricSummary,
  MetricsCollector,
  MetricsError,
} from "../src/index.ts";

class Recording {
  readonly clock = new ManualClock();
  readonly memory = new MemoryBackend();
  readonly warnings: string[] = [];
  readonly collector: MetricsCollector;

  constructor(options: ConstructorParameters<typeof MetricsCollector>[0] = {}) {
    const onWarning = (message: string): void => void this.warnings.push(message);
    this.collector = new MetricsCollector({
      backends: [this.memory],
      clock: this.clock,
      service: "test",
      onWarning,
      ...options,
    });
  }

  async flush(seconds = 10): Promise<void> {
    this.clock.advance(seconds);
    await this.collector.flush();
  }

  async summary(match: string, seconds = 1000): Promise<MetricSummary | undefined> {
    const now = this.clock.now();
    return (await this.memory.summaries({ match, from: now - seconds, to: now }))[0];
  }
}

describe("recording", () => {
  it("reaches the store through handles and by name alike", async () => {
    const { collector, ...rest } = new Recording();
    const recording = Object.assign(Object.create(Recording.prototype), rest, { collector }) as Recording;
    const hits = collector.counter("hits", { tags: { tier: "memory" } });
    hits.add();
    hits.add(2);
    collector.recordCounter("hits", 4, { tier: "memory" });
    collector.gauge("queue").set(5);
    collector.gauge("queue").add(-2);
    collector.histogram("bytes", { unit: "By" }).record(4096);
    collector.timer("load").record(0.2);
    await recording.flush();
    expect(await recording.summary("hits")).toMatchObject({ sum: 7, rate: 0.7, covered: 10, tags: { tier: "memory" } });
    expect(await recording.summary("queue")).toMatchObject({ last: 3 });
    expect(await recording.summary("bytes")).toMatchObject({ count: 1, sum: 4096, unit: "By" });
    expect(await recording.summary("load")).toMatchObject({ count: 1, sum: 0.2, p95: 0.2, unit: "s" });
  });

  it("times with tokens, which may overlap and be abandoned", async () => {
    const recording = new Recording();
    const timer = recording.collector.timer("load");
    const first = timer.start();
    recording.clock.advance(1);
    const second = timer.start();
    timer.start();
    recording.clock.advance(2);
    expect([timer.stop(first), timer.stop(second)]).toEqual([3, 2]);
    expect(timer.time(() => "result")).toBe("result");
    await recording.flush();
    expect(await recording.summary("load")).toMatchObject({ count: 3, sum: 5, max: 3 });
  });

  it("drops and counts values that are no numbers, and says so once", async () => {
    const recording = new Recording();
    const { collector, warnings } = recording;
    collector.counter("c").add(-1);
    collector.counter("c").add(Number.NaN);
    collector.gauge("g").set(Number.POSITIVE_INFINITY);
    collector.histogram("h").record(Number.NaN);
    collector.timer("t").record(-1);
    await recording.flush();
    expect(await recording.summary("giflab.monitoring.errors")).toMatchObject({
      sum: 5,
      tags: { reason: "invalid_value" },
    });
    expect(warnings).toEqual(["giflab: invalid value: c was given -1, it takes finite numbers"]);
  });

  it("throws for a name of another kind only where the name is registered", async () => {
    const recording = new Recording();
    const { collector } = recording;
    collector.counter("x", { unit: "{job}" });
    expect(() => collector.gauge("x")).toThrow(expect.objectContaining({ code: "METRIC_CONFLICT" }));
    expect(() => collector.counter("x", { unit: "By" })).toThrow(/already registered with unit/);
    expect(() => collector.define({ x: { kind: "derived", formula: "a" } })).toThrow(MetricsError);
    collector.recordGauge("x", 1);
    await recording.flush();
    expect(await recording.summary("giflab.monitoring.errors")).toMatchObject({
      tags: { reason: "kind_conflict" },
      sum: 1,
    });
  });

  it("takes units and descriptions declared before or after", async () => {
    const recording = new Recording();
    recording.collector.recordCounter("late", 1);
    recording.collector.define({
      late: { kind: "counter", unit: "{job}", system: "jobs" },
      early: { kind: "gauge", unit: "MB" },
    });
    recording.collector.recordGauge("early", 2);
    await recording.flush();
    expect(await recording.summary("late")).toMatchObject({ unit: "{job}", system: "jobs" });
    expect(await recording.summary("early")).toMatchObject({ unit: "MB" });
  });

  it("bounds the series of a metric without losing a count", async () => {
    const recording = new Recording({ maxSeriesPerMetric: 10 });
    for (let i = 0; i < 1000; i++) recording.collector.recordCounter("requests", 1, { user: String(i) });
    await recording.flush();
    const now = recording.clock.now();
    const all = await recording.memory.summaries({ match: "requests", from: now - 100, to: now });
    expect(all.reduce((total, one) => total + one.sum!, 0)).toBe(1000);
    expect(all).toHaveLength(11);
    expect(all.find((one) => one.tags["otel.metric.overflow"] === "true")).toMatchObject({ sum: 990 });
    expect(recording.warnings).toHaveLength(1);
  });

  it("cuts names and tags that are too long, and counts it", async () => {
    const recording = new Recording();
    recording.collector.recordCounter("n".repeat(300), 1, { ["k".repeat(100)]: "v".repeat(1000) });
    await recording.flush();
    const found = await recording.summary("n*");
    expect(found?.name).toHaveLength(200);
    expect(Object.entries(found!.tags)[0]!.map((text) => text.length)).toEqual([64, 256]);
  });
});

describe("sampling", () => {
  it("counts every call exactly and scales the buckets to whole numbers that total it", async () => {
    let state = 12_345;
    const random = (): number => {
      state = (state * 48_271) % 2_147_483_647;
      return state / 2_147_483_648;
    };
    const recording = new Recording({ samplingRate: 0.1, random });
    const histogram = recording.collector.histogram("h");
    for (let i = 0; i < 10_000; i++) histogram.record(i < 5000 ? 1 : 100);
    await recording.flush();
    const found = await recording.summary("h");
    expect(found?.count).toBe(10_000);
    const [point] = await Array.fromAsync(recording.memory.points({ match: "h" }));
    const counts = point?.kind === "histogram" ? point.buckets.counts : [];
    expect(counts.reduce((total, one) => total + one, 0)).toBe(10_000);
    expect(counts.every(Number.isInteger)).toBe(true);
    expect(Math.abs(counts[0]! - 5000)).toBeLessThan(600);
    expect(Math.abs(found!.mean! - 50.5)).toBeLessThan(6);
  });

  it("measures at least one call between two flushes", async () => {
    const recording = new Recording({ samplingRate: 1e-6, random: () => 0.5 });
    for (let flush = 0; flush < 3; flush++) {
      recording.collector.recordTimer("t", 2);
      recording.collector.recordTimer("t", 2);
      await recording.flush();
    }
    expect(await recording.summary("t")).toMatchObject({ count: 6, sum: 12, p50: 2 });
  });
});

describe("several backends", () => {
  it("get the same data, each from its own place, however slow one is", async () => {
    const recording = new Recording();
    let refuse = true;
    const seen: MetricSnapshot[] = [];
    recording.collector.addBackend({
      name: "flaky",
      write: (snapshot) => {
        if (refuse) throw new Error("down");
        seen.push(snapshot);
      },
      close: async () => {},
    });
    const timer = recording.collector.timer("t");
    for (const seconds of [1, 5, 3]) {
      recording.collector.recordCounter("c", 1);
      timer.record(seconds);
      await recording.flush();
    }
    expect(await recording.summary("c")).toMatchObject({ sum: 3 });
    refuse = false;
    await recording.collector.flush();
    expect(seen.map(({ sequence }) => sequence).slice(0, 3)).toEqual([1, 2, 3]);
    const extremes = seen.slice(0, 3).map(({ points }) => points.find((point) => point.series.name === "t"));
    expect(extremes.map((point) => point?.kind === "timer" && [point.sketch.min, point.sketch.max])).toEqual([
      [1, 1],
      [5, 5],
      [3, 3],
    ]);
  });

  it("added late get everything from the start", async () => {
    const recording = new Recording();
    recording.collector.recordCounter("c", 5);
    await recording.flush();
    const late = new MemoryBackend();
    recording.collector.addBackend(late);
    recording.collector.recordCounter("c", 1);
    await recording.flush();
    const now = recording.clock.now();
    expect((await late.summaries({ match: "c", from: 0, to: now }))[0]).toMatchObject({ sum: 6 });
  });

  it("drop the oldest beyond bufferSize, and the drops are metrics of the others", async () => {
    const recording = new Recording({ bufferSize: 20 });
    recording.collector.addBackend({
      name: "dead",
      write: () => Promise.reject(new Error("down")),
      close: async () => {},
    });
    for (let flush = 0; flush < 30; flush++) {
      for (const name of ["a", "b", "c", "d"]) recording.collector.recordCounter(name, 1);
      await recording.flush();
    }
    const dropped = await recording.summary("giflab.monitoring.dropped");
    expect(dropped?.tags).toEqual({ backend: "dead" });
    expect(dropped!.sum).toBeGreaterThanOrEqual(80);
    expect(await recording.summary("a")).toMatchObject({ sum: 30 });
  });
});

describe("snapshots", () => {
  it("leave unchanged series out, and state them again within ten minutes", async () => {
    const recording = new Recording();
    recording.collector.gauge("g").set(1);
    recording.collector.counter("c").add(1);
    const sizes: number[] = [];
    recording.collector.addBackend({
      name: "watch",
      write: ({ points }) => void sizes.push(points.length),
      close: async () => {},
    });
    for (let flush = 0; flush < 62; flush++) await recording.flush(10);
    expect(sizes.slice(0, 3)).toEqual([2, 0, 0]);
    expect(sizes.lastIndexOf(2)).toBe(60);
  });

  it("cover elapsed time when the wall clock is set back", async () => {
    const recording = new Recording();
    recording.collector.recordCounter("c", 10);
    await recording.flush();
    recording.clock.stepWallClock(-3600);
    recording.collector.recordCounter("c", 10);
    await recording.flush();
    const points = await Array.fromAsync(recording.memory.points({ match: "c" }));
    expect(points.map((point) => point.resolutionSeconds)).toEqual([10, 10]);
  });
});

describe("a collector", () => {
  it("that is disabled hands out handles that do nothing, and writes to nobody", async () => {
    const written: unknown[] = [];
    const backend = { name: "b", write: (snapshot: unknown) => void written.push(snapshot), close: async () => {} };
    const collector = new MetricsCollector({ enabled: false, backends: [backend], service: "t" });
    collector.counter("c").add(1);
    collector.gauge("g").set(1);
    const timer = collector.timer("t");
    expect([timer.start(), timer.stop(1), timer.time(() => 4)]).toEqual([Number.NaN, Number.NaN, 4]);
    collector.recordHistogram("h", 1);
    await collector.flush();
    await collector.close();
    expect([written, collector.enabled]).toEqual([[], false]);
  });

  it("reads gauges before each collection, and survives a callback that throws", async () => {
    const recording = new Recording();
    const stop = recording.collector.onCollect(() => recording.collector.recordGauge("heap", 7));
    recording.collector.onCollect(() => {
      throw new Error("callback");
    });
    await recording.flush();
    expect(await recording.summary("heap")).toMatchObject({ last: 7 });
    stop();
    await recording.flush();
    expect(await recording.summary("giflab.monitoring.errors")).toMatchObject({ tags: { reason: "collect_callback" } });
  });

  it("closes once, delivers the rest, and ends its gauges", async () => {
    const recording = new Recording();
    recording.collector.gauge("g").set(1);
    recording.clock.advance(1);
    const snapshots: MetricSnapshot[] = [];
    recording.collector.addBackend({
      name: "watch",
      write: (snapshot) => void snapshots.push(snapshot),
      close: async () => {},
    });
    await Promise.all([recording.collector.close(), recording.collector.close()]);
    await recording.collector.flush();
    expect(snapshots.map(({ final, points }) => [final, points.length])).toEqual([[true, 1]]);
    expect(() => recording.collector.addBackend(recording.memory)).toThrow(expect.objectContaining({ code: "CLOSED" }));
  });

  it("is closed by await using", async () => {
    let closed = false;
    {
      await using collector = new MetricsCollector({
        service: "t",
        backends: [{ name: "b", write: () => {}, close: async () => void (closed = true) }],
      });
      collector.counter("c").add(1);
    }
    expect(closed).toBe(true);
  });

  it.each([
    [{ flushIntervalSeconds: 0 }, /flushIntervalSeconds must be 0.1..3600, got 0/],
    [{ samplingRate: 0 }, /samplingRate must be above 0/],
    [{ bufferSize: 1.5 }, /bufferSize must be 1..10000000 \(whole\)/],
    [{ service: " " }, /service must be text/],
  ])("refuses %j", (options, message) => {
    expect(() => new MetricsCollector(options)).toThrow(message);
  });

  it("may be configured before its first snapshot, and keeps what it is not told", async () => {
    const recording = new Recording({ samplingRate: 0.5 });
    recording.collector.configure({ service: "renamed", flushIntervalSeconds: 2, samplingRate: undefined });
    expect([recording.collector.instance.service, recording.collector.flushIntervalSeconds]).toEqual(["renamed", 2]);
    await recording.flush();
    expect(() => recording.collector.configure({ service: "again" })).toThrow(/cannot change after the first snapshot/);
  });

  it("keeps no process alive", () => {
    const source = JSON.stringify(fileURLToPath(new URL("../src/index.ts", import.meta.url)));
    const program = `import { MetricsCollector, MemoryBackend } from ${source};
      new MetricsCollector({ backends: [new MemoryBackend()], service: "t" }).counter("c").add(1);`;
    execFileSync(process.execPath, ["--input-type=module", "-e", program], { timeout: 20_000 });
  });
});
