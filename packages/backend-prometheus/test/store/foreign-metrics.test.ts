import { describe, expect, it } from "vitest";
import { foreignMetrics } from "../../src/store/foreign-metrics.ts";

const kinds = (names: readonly string[], types: Readonly<Record<string, string>> = {}) => {
  const metadata = new Map(
    Object.entries(types).map(([name, type]) => [name, { type, help: `what ${name} is`, unit: "" }]),
  );
  return foreignMetrics(names, metadata).map(({ name, definition: { kind, unit, merge } }) => [
    name,
    kind,
    unit,
    merge,
  ]);
};

describe("metrics of other programs", () => {
  it("are what their names say where nothing else does", () => {
    expect(
      kinds(["http_requests_total", "process_resident_memory_bytes", "queue_length", "cpu_seconds_total"]),
    ).toEqual([
      ["http_requests_total", "counter", undefined, undefined],
      ["process_resident_memory_bytes", "gauge", "By", "sum"],
      ["queue_length", "gauge", undefined, "sum"],
      ["cpu_seconds_total", "counter", "s", undefined],
    ]);
  });

  it("are histograms where all three parts are there: timers if their values are seconds", () => {
    const parts = (base: string): string[] => ["bucket", "count", "sum"].map((part) => `${base}_${part}`);
    expect(kinds([...parts("http_request_duration_seconds"), ...parts("size_bytes"), "lonely_bucket"])).toEqual([
      ["http_request_duration_seconds", "timer", "s", undefined],
      ["size_bytes", "histogram", "By", undefined],
      ["lonely_bucket", "gauge", undefined, "sum"],
    ]);
  });

  it("are counters and gauges for a summary, whose quantiles cannot be merged", () => {
    expect(kinds(["rpc_seconds", "rpc_seconds_count", "rpc_seconds_sum"])).toEqual([
      ["rpc_seconds", "gauge", "s", "max"],
      ["rpc_seconds_count", "counter", undefined, undefined],
      ["rpc_seconds_sum", "counter", "s", undefined],
    ]);
  });

  it("are what the metadata says, against their names", () => {
    expect(
      kinds(["requests", "odd_total", "room_count"], { requests: "counter", odd_total: "gauge", room_count: "gauge" }),
    ).toEqual([
      ["requests", "counter", undefined, undefined],
      ["odd_total", "gauge", undefined, "sum"],
      ["room_count", "gauge", undefined, "sum"],
    ]);
    expect(
      foreignMetrics(["jobs_total"], new Map([["jobs", { type: "counter", help: "Jobs done", unit: "" }]]))[0]!
        .definition,
    ).toEqual({
      kind: "counter",
      description: "Jobs done",
    });
  });

  it("are not those that Prometheus writes of its scrapes, nor when a series was created", () => {
    expect(
      kinds(["scrape_duration_seconds", "scrape_samples_scraped", "ALERTS", "a_total", "a_created", "up"]),
    ).toEqual([
      ["a_total", "counter", undefined, undefined],
      ["up", "gauge", undefined, "sum"],
    ]);
  });

  it("merge as means what is a share, and as the longest what is a duration", () => {
    expect(kinds(["cpu_usage_ratio", "event_loop_lag_seconds", "room_celsius"]).map((one) => one[3])).toEqual([
      "mean",
      "max",
      "mean",
    ]);
  });
});
