import { describe, expect, it } from "vitest";
import { exposedUnit, PrometheusNames, prometheusLabel, prometheusName } from "../../src/exposition/index.ts";
import type { MetricKind } from "../../src/metric-definition.ts";

describe("prometheusName", () => {
  it.each<[string, MetricKind, string | undefined, string, number]>([
    ["cache.frame.hits", "counter", undefined, "cache_frame_hits_total", 1],
    ["requests_total", "counter", undefined, "requests_total", 1],
    ["bytes.read_mb", "counter", undefined, "bytes_read_bytes_total", 2 ** 20],
    ["cache.frame.memory_usage_mb", "gauge", "MB", "cache_frame_memory_usage_bytes", 2 ** 20],
    ["cache.frame.memory_limit_mb", "gauge", undefined, "cache_frame_memory_limit_bytes", 2 ** 20],
    ["heap", "gauge", "By", "heap_bytes", 1],
    ["cache.frame.operation.duration", "timer", undefined, "cache_frame_operation_duration_seconds", 1],
    ["wait_seconds", "histogram", "s", "wait_seconds", 1],
    ["latency", "histogram", "ms", "latency_seconds", 0.001],
    ["frame_bytes", "histogram", "By", "frame_bytes", 1],
    ["sampling.frames_sampled_ratio", "gauge", "1", "sampling_frames_sampled_ratio", 1],
    ["queue.size", "gauge", "{job}", "queue_size", 1],
    ["frames.total", "gauge", undefined, "frames_total_value", 1],
    ["load.count", "timer", undefined, "load_count_seconds", 1],
    ["words.count", "histogram", undefined, "words_count_value", 1],
    ["9 lives: é", "gauge", undefined, "_9_lives___", 1],
    ["kbps.constructor", "gauge", "constructor", "kbps_constructor", 1],
  ])("%s as a %s in %s is %s", (name, kind, unit, exposed, factor) => {
    expect(prometheusName({ name, kind, unit })).toBe(exposed);
    expect(exposedUnit({ name, kind, unit }).factor).toBe(factor);
  });

  it("keeps labels with a meaning of their own from tags", () => {
    expect(["le", "quantile", "__name__", "module.name", "1st", "tier"].map(prometheusLabel)).toEqual([
      "tag_le",
      "tag_quantile",
      "tag___name__",
      "module_name",
      "_1st",
      "tier",
    ]);
  });
});

describe("PrometheusNames", () => {
  it("refuses a metric whose name another one has, whatever the order in which it is asked", () => {
    const names = new PrometheusNames();
    expect(names.nameOf({ name: "a.b", kind: "gauge" })).toBe("a_b");
    expect(names.nameOf({ name: "a_b", kind: "gauge" })).toBeUndefined();
    expect(names.ownerOf({ name: "a_b", kind: "gauge" })).toBe("a.b");
    expect(names.nameOf({ name: "a_b", kind: "gauge" })).toBeUndefined();
    expect(names.nameOf({ name: "a.b", kind: "gauge" })).toBe("a_b");
    expect(names.ownerOf({ name: "a.b", kind: "gauge" })).toBeUndefined();
  });

  it("refuses a counter and a gauge that would be one family in OpenMetrics", () => {
    const names = new PrometheusNames();
    expect(names.nameOf({ name: "jobs", kind: "gauge" })).toBe("jobs");
    expect(names.nameOf({ name: "jobs_total", kind: "counter" })).toBeUndefined();
  });

  it("refuses what is reserved for the exposition itself", () => {
    const names = new PrometheusNames();
    names.reserve("giflab_metric_info");
    expect(names.nameOf({ name: "giflab.metric_info", kind: "gauge" })).toBeUndefined();
  });

  it("keeps the labels of two tags apart", () => {
    const names = new PrometheusNames();
    const [one, two] = [names.labelOf("a.b"), names.labelOf("a_b")];
    expect(one).toBe("a_b");
    expect(two).toMatch(/^a_b_[0-9a-f]{8}$/);
    expect(names.labelOf("a_b")).toBe(two);
  });
});
