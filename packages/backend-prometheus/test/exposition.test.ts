import { PrometheusBackend, type PrometheusOptions } from "@giflab/backend-prometheus";
import {
  counterPoint,
  gaugePoint,
  histogramPoint,
  ManualClock,
  snapshotOf,
  TestInstance,
  timerPoint,
} from "@giflab/backend-testkit";
import { MetricsCollector } from "@giflab/metrics-core";
import { describe, expect, it } from "vitest";
import { OPENMETRICS } from "../src/exposition-format.ts";
import { linesOf, sampleOf, scraped } from "./scraped-text.ts";

function start(options: PrometheusOptions = {}): {
  backend: PrometheusBackend;
  clock: ManualClock;
  warnings: string[];
} {
  const clock = new ManualClock();
  const warnings: string[] = [];
  const backend = new PrometheusBackend({ clock, onWarning: (message) => warnings.push(message), ...options });
  return { backend, clock, warnings };
}

describe("the exposed totals", () => {
  it("are cumulative, in base units, and count a snapshot that comes again once", async () => {
    const { backend } = start();
    const instance = new TestInstance();
    const points = () => [
      counterPoint("cache.hits", 3, { tags: { tier: "memory" } }),
      counterPoint("freed_mb", 1.5, { unit: "MB" }),
      gaugePoint("memory_usage_mb", 2.5, { unit: "MB" }),
      timerPoint("load", [0.5, 2]),
    ];
    const first = instance.flush(points());
    backend.write(first);
    backend.write(first);
    backend.write(instance.flush(points()));
    const text = await scraped(backend);
    expect(sampleOf(text, 'cache_hits_total{tier="memory"}')).toBe(6);
    expect(sampleOf(text, "freed_bytes_total")).toBe(3 * 2 ** 20);
    expect(sampleOf(text, "memory_usage_bytes")).toBe(2.5 * 2 ** 20);
    expect(sampleOf(text, "load_seconds_count")).toBe(4);
    expect(sampleOf(text, "load_seconds_sum")).toBe(5);
    expect(sampleOf(text, 'load_seconds_bucket{le="0.25"}')).toBe(0);
    expect(sampleOf(text, 'load_seconds_bucket{le="1.0"}')).toBe(2);
    expect(sampleOf(text, 'load_seconds_bucket{le="+Inf"}')).toBe(4);
  });

  it("include what was recorded since the last flush, and series that have counted nothing yet", async () => {
    const { backend, clock } = start();
    const collector = new MetricsCollector({ backends: [backend], clock, service: "api" });
    const [hits, load] = [collector.counter("hits"), collector.timer("load")];
    collector.gauge("never_set");
    expect(sampleOf(await scraped(backend), "hits_total")).toBe(0);
    expect(sampleOf(await scraped(backend), "load_seconds_count")).toBe(0);
    expect(linesOf(await scraped(backend), "never_set")).toEqual([]);
    hits.add(2);
    load.record(1);
    clock.advance(1);
    const text = await scraped(backend);
    expect(sampleOf(text, "hits_total")).toBe(2);
    expect(sampleOf(text, "load_seconds_count")).toBe(1);
    await collector.close();
  });

  it("never go down when a process ends; its gauges go", async () => {
    const { backend } = start();
    const instance = new TestInstance();
    backend.write(instance.flush([counterPoint("hits", 3), gaugePoint("depth", 1)]));
    expect(sampleOf(await scraped(backend), "depth")).toBe(1);
    backend.write(instance.flush([gaugePoint("depth", 1)], { final: true }));
    const text = await scraped(backend);
    expect(sampleOf(text, "hits_total")).toBe(3);
    expect(sampleOf(text, "depth")).toBeUndefined();
  });

  it("of several processes add up, and gauges are merged as they say over those that live", async () => {
    const { backend, clock } = start();
    const instances = [new TestInstance(), new TestInstance(), new TestInstance()];
    instances.forEach((instance, i) => {
      backend.write(
        instance.flush([
          counterPoint("hits", i + 1),
          gaugePoint("queued", i + 1, { merge: "sum" }),
          gaugePoint("highest", 10 - i, { merge: "max" }),
          gaugePoint("average", i + 1, { merge: "mean" }),
          gaugePoint("latest", i + 1),
          histogramPoint("size", [i]),
        ]),
      );
    });
    const text = await scraped(backend);
    expect(sampleOf(text, "hits_total")).toBe(6);
    expect(sampleOf(text, "queued")).toBe(6);
    expect(sampleOf(text, "highest")).toBe(10);
    expect(sampleOf(text, "average")).toBe(2);
    expect(sampleOf(text, "latest")).toBe(3);
    expect(sampleOf(text, "size_count")).toBe(3);
    // Three flush intervals later only the first two have been heard of.
    clock.advance(29);
    for (const instance of instances.slice(0, 2)) backend.write(instance.flush());
    clock.advance(2);
    const later = await scraped(backend);
    expect(sampleOf(later, "hits_total")).toBe(6);
    expect(sampleOf(later, "queued")).toBe(3);
    expect(sampleOf(later, "latest")).toBe(2);
    backend.write(instances[1]!.flush([], { final: true }));
    expect(sampleOf(await scraped(backend), "latest")).toBe(1);
    expect(linesOf(await scraped(backend), "giflab_instance_info")).toHaveLength(1);
  });

  it("of tag sets that Prometheus cannot tell apart are one series", async () => {
    const { backend } = start();
    backend.write(snapshotOf({ points: [counterPoint("hits", 1), counterPoint("hits", 2, { tags: { tier: "" } })] }));
    expect(linesOf(await scraped(backend), "hits_total")).toEqual(["hits_total 3"]);
  });
});

describe("buckets", () => {
  it("are the chosen ones where a glob fits, in the exposed unit, and the default ones elsewhere", async () => {
    const { backend } = start({ buckets: { "http.*": [0.1, 1], "*_mb": [1024, 2 ** 20] } });
    backend.write(
      snapshotOf({
        points: [
          timerPoint("http.request", [0.05, 0.5, 5]),
          histogramPoint("body_mb", [0.5, 2], { unit: "MB" }),
          timerPoint("other", [0.5]),
        ],
      }),
    );
    const text = await scraped(backend);
    expect(linesOf(text, "http_request_seconds_bucket")).toEqual([
      'http_request_seconds_bucket{le="0.1"} 1',
      'http_request_seconds_bucket{le="1.0"} 2',
      'http_request_seconds_bucket{le="+Inf"} 3',
    ]);
    expect(linesOf(text, "body_bytes_bucket")).toEqual([
      'body_bytes_bucket{le="1024.0"} 0',
      'body_bytes_bucket{le="1.048576e+06"} 1',
      'body_bytes_bucket{le="+Inf"} 2',
    ]);
    expect(linesOf(text, "other_seconds_bucket")).toHaveLength(26);
  });

  it("agree with the values however they are recorded in units", async () => {
    const { backend } = start({ buckets: [0.01, 0.1] });
    backend.write(snapshotOf({ points: [histogramPoint("wait", [5, 50, 500], { unit: "ms" })] }));
    expect(linesOf(await scraped(backend), "wait_seconds_")).toEqual([
      'wait_seconds_bucket{le="0.01"} 1',
      'wait_seconds_bucket{le="0.1"} 2',
      'wait_seconds_bucket{le="+Inf"} 3',
      "wait_seconds_sum 0.555",
      "wait_seconds_count 3",
    ]);
  });
});

describe("names", () => {
  it("that come out the same are refused to the second metric, which is said and counted", async () => {
    const { backend, warnings } = start();
    const instance = new TestInstance();
    const points = [
      counterPoint("a.b", 1),
      counterPoint("a_b", 5),
      histogramPoint("load", [1]),
      gaugePoint("load.x", 1),
    ];
    backend.write(instance.flush(points));
    backend.write(instance.flush(points));
    const text = await scraped(backend);
    expect(linesOf(text, "a_b_total")).toEqual(["a_b_total 2"]);
    expect(sampleOf(text, "giflab_exposition_refused_metrics")).toBe(1);
    expect(warnings).toEqual([expect.stringContaining("the metric a_b is not exposed, as its name belongs to a.b")]);
  });

  it("of another process with another kind or unit are refused", async () => {
    const { backend, warnings } = start();
    backend.write(snapshotOf({ points: [counterPoint("load", 1)] }));
    backend.write(snapshotOf({ points: [gaugePoint("load", 7)] }));
    expect(linesOf(await scraped(backend), "load")).toEqual(["load_total 1"]);
    expect(warnings).toHaveLength(1);
  });

  it("get the prefix", async () => {
    const { backend } = start({ prefix: "shop" });
    backend.write(snapshotOf({ points: [counterPoint("orders", 1), gaugePoint("used_mb", 1, { unit: "MB" })] }));
    const text = await scraped(backend);
    expect(sampleOf(text, "shop_orders_total")).toBe(1);
    expect(sampleOf(text, "shop_used_bytes")).toBe(2 ** 20);
    expect(text).toContain('giflab_metric_info{metric="orders",exposed="shop_orders_total",kind="counter"} 1');
  });

  it("cannot be those of the exposition itself", async () => {
    const { backend, warnings } = start();
    backend.write(snapshotOf({ points: [gaugePoint("giflab.metric_info", 1), gaugePoint("giflab_metric", 1)] }));
    expect(linesOf(await scraped(backend), "giflab_metric")).toEqual([]);
    expect(warnings).toHaveLength(2);
  });
});

describe("what is said of a metric", () => {
  const points = () => [
    gaugePoint("cache.memory_mb", 1, {
      unit: "MB",
      merge: "sum",
      system: "frame",
      description: 'Memory that "entries" take',
      normalRange: { max: 400, better: "lower" },
    }),
    counterPoint("hits", 1),
  ];
  const derived = [{ name: "hit_rate", kind: "derived", formula: "hits / (hits + misses)", unit: "1" }] as const;

  it("is help, type, and everything that a reader needs to turn names back", async () => {
    const { backend } = start();
    backend.write(snapshotOf({ points: points(), derived }));
    const text = await scraped(backend);
    expect(text).toContain(
      '# HELP cache_memory_bytes Memory that "entries" take\n# TYPE cache_memory_bytes gauge\ncache_memory_bytes 1048576\n',
    );
    expect(text).toContain("# HELP hits_total counter hits\n# TYPE hits_total counter\nhits_total 1\n");
    expect(linesOf(text, "giflab_metric_info")).toEqual([
      'giflab_metric_info{metric="cache.memory_mb",exposed="cache_memory_bytes",kind="gauge",unit="MB",merge="sum",normal_range="{\\"max\\":400,\\"better\\":\\"lower\\"}",system="frame",description="Memory that \\"entries\\" take"} 1',
      'giflab_metric_info{metric="hits",exposed="hits_total",kind="counter"} 1',
      'giflab_metric_info{metric="hit_rate",kind="derived",unit="1",formula="hits / (hits + misses)"} 1',
    ]);
    expect(text).not.toContain("hit_rate 1");
  });

  it("has units, families without endings and an end mark in OpenMetrics", async () => {
    const { backend } = start();
    backend.write(snapshotOf({ points: points() }));
    const text = await scraped(backend, OPENMETRICS);
    expect(text).toContain(
      '# TYPE cache_memory_bytes gauge\n# UNIT cache_memory_bytes bytes\n# HELP cache_memory_bytes Memory that \\"entries\\" take\n',
    );
    expect(text).toContain("# TYPE hits counter\n# HELP hits counter hits\nhits_total 1\n");
    expect(text.endsWith("# EOF\n")).toBe(true);
    expect(text.split("# EOF")).toHaveLength(2);
  });

  it("follows words that are added later", async () => {
    const { backend, clock } = start();
    const collector = new MetricsCollector({ backends: [backend], clock, service: "api" });
    collector.recordCounter("hits", 1);
    await scraped(backend);
    collector.define({ hits: { kind: "counter", description: "Look-ups answered" } });
    collector.recordCounter("hits", 1);
    clock.advance(1);
    const text = await scraped(backend);
    expect(text).toContain("# HELP hits_total Look-ups answered\n");
    expect(linesOf(text, "hits_total")).toEqual(["hits_total 2"]);
    await collector.close();
  });
});

describe("slices", () => {
  it("are short, keep series whole, and let the event loop turn between them", async () => {
    const { backend } = start();
    const tags = (i: number) => ({ tags: { client: `client-${i}` } });
    const points = [
      ...Array.from({ length: 10_000 }, (_, i) => counterPoint("many", i, tags(i))),
      ...Array.from({ length: 500 }, (_, i) => timerPoint("times", [1], tags(i))),
    ];
    backend.write(snapshotOf({ points }));
    let turns = 0;
    const count = (): void => {
      turns++;
      waiting = setImmediate(count);
    };
    let waiting = setImmediate(count);
    const slices: string[] = [];
    for await (const slice of backend.scrape()) slices.push(slice);
    clearImmediate(waiting);
    const lines = slices.map((slice) => slice.split("\n").length);
    expect(Math.max(...lines)).toBeLessThan(2100);
    expect(slices.length).toBeGreaterThan(10);
    expect(turns).toBeGreaterThanOrEqual(slices.length - 1);
    expect(slices.every((slice) => slice.endsWith("\n"))).toBe(true);
    expect(linesOf(slices.join(""), "many_total{")).toHaveLength(10_000);
    expect(linesOf(slices.join(""), "times_seconds_count{")).toHaveLength(500);
  });
});
