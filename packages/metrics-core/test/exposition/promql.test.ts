import { describe, expect, it } from "vitest";
import { promqlFormula, promqlStatistic } from "../../src/exposition/index.ts";
import type { NamedDefinition } from "../../src/metric-definition.ts";

const range = "5m";

describe("promqlStatistic", () => {
  it("asks counters for increases and rates", () => {
    const hits = { name: "hits", kind: "counter" } as const;
    expect(promqlStatistic(hits, "rate", { range, by: [] })).toBe("sum (rate(hits_total[5m]))");
    expect(promqlStatistic(hits, "sum", { range })).toBe("sum without (instance) (increase(hits_total[5m]))");
    expect(promqlStatistic(hits, "p95", { range })).toBeUndefined();
  });

  it("merges gauges as their definition says", () => {
    const used = { name: "used_mb", kind: "gauge", unit: "MB", merge: "sum" } as const;
    expect(promqlStatistic(used, "last", { range, by: ["a.b"], matchers: 'job="x"' })).toBe(
      'sum by (a_b) (used_bytes{job="x"})',
    );
    expect(promqlStatistic({ name: "level", kind: "gauge" }, "max", { range, by: [] })).toBe(
      "max (max_over_time(level[5m]))",
    );
    expect(promqlStatistic({ name: "level", kind: "gauge", merge: "mean" }, "mean", { range, by: [] })).toBe(
      "avg (avg_over_time(level[5m]))",
    );
  });

  it("looks at an earlier window, and on request at the last value that the window knows", () => {
    const level = { name: "level", kind: "gauge" } as const;
    expect(promqlStatistic({ name: "hits", kind: "counter" }, "rate", { range: "1d", by: [], offset: "5m" })).toBe(
      "sum (rate(hits_total[1d] offset 5m))",
    );
    expect(promqlStatistic(level, "last", { range, by: [], offset: "1d" })).toBe("max (level offset 1d)");
    expect(promqlStatistic(level, "last", { range, by: [], complete: true })).toBe(
      "(max (level) or max (last_over_time(level[5m])))",
    );
  });

  it("merges buckets before it asks for a quantile", () => {
    const load = { name: "load", kind: "timer" } as const;
    expect(promqlStatistic(load, "p999", { range, by: ["tier"] })).toBe(
      "histogram_quantile(0.999, sum by (le, tier) (rate(load_seconds_bucket[5m])))",
    );
    expect(promqlStatistic(load, "mean", { range, by: [] })).toBe(
      "sum (rate(load_seconds_sum[5m])) / sum (rate(load_seconds_count[5m]))",
    );
    expect(promqlStatistic(load, "max", { range })).toBeUndefined();
  });
});

describe("promqlFormula", () => {
  const known = new Map<string, NamedDefinition>(
    (
      [
        { name: "hits", kind: "counter" },
        { name: "misses", kind: "counter" },
        { name: "used_mb", kind: "gauge", unit: "MB", merge: "sum" },
        { name: "load", kind: "timer" },
      ] as const
    ).map((one) => [one.name, one]),
  );
  const of = (formula: string, groupBy?: readonly string[]) =>
    promqlFormula({ kind: "derived", formula, ...(groupBy ? { groupBy } : {}) }, (name) => known.get(name), { range });

  it("puts expressions for names, with the parentheses that the formula needs", () => {
    expect(of("hits / (hits + misses)", ["kind"])).toBe(
      "sum by (kind) (increase(hits_total[5m])) / (sum by (kind) (increase(hits_total[5m])) + sum by (kind) (increase(misses_total[5m])))",
    );
    const [h, m] = ["sum (increase(hits_total[5m]))", "sum (increase(misses_total[5m]))"];
    expect(of("hits - (misses - 1)")).toBe(`${h} - (${m} - 1)`);
    expect(of("(hits - misses) - 1")).toBe(`${h} - ${m} - 1`);
    expect(of("hits / (misses * 2)")).toBe(`${h} / (${m} * 2)`);
    expect(of("(hits / misses) * 2")).toBe(`${h} / ${m} * 2`);
    expect(of("(hits + 1) * 2")).toBe(`(${h} + 1) * 2`);
  });

  it("takes a counter that was never recorded for 0, on request", () => {
    const hitRate = { kind: "derived", formula: "hits / (hits + misses)" } as const;
    const [h, m] = ["sum (increase(hits_total[5m]))", "sum (increase(misses_total[5m]))"];
    expect(promqlFormula(hitRate, (name) => known.get(name), { range, complete: true })).toBe(
      `(${h} or 0 * ${m}) / ((${h} or 0 * ${m}) + (${m} or 0 * ${h}))`,
    );
  });

  it("keeps to the units of the formula", () => {
    expect(of("used_mb / load")).toBe(
      "(sum (used_bytes) / 1048576) / (sum (rate(load_seconds_sum[5m])) / sum (rate(load_seconds_count[5m])))",
    );
  });

  it("is nothing when an input is not known", () => {
    expect(of("hits / other")).toBeUndefined();
  });
});
