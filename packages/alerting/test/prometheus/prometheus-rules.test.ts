import type { NamedDefinition } from "@giflab/metrics-core";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { AlertRule, type AlertRuleOptions } from "../../src/index.ts";
import { type KnownMetric, knownMetrics, type PrometheusAlert, prometheusRules } from "../../src/prometheus/index.ts";

const KNOWN = knownMetrics(
  [],
  [
    { name: "queue.size", kind: "gauge" },
    { name: "used_mb", kind: "gauge", merge: "sum" },
    { name: "load", kind: "timer" },
    { name: "load.slow", kind: "timer", unit: "ms" },
    { name: "hits", kind: "counter" },
    { name: "misses", kind: "counter" },
    { name: "hit_rate", kind: "derived", formula: "hits / (hits + misses)" },
    { name: "gone_rate", kind: "derived", formula: "queue.size / gone" },
    { name: "newer_rate", kind: "derived", formula: "hits ** 2" },
  ],
);

function exported(options: Partial<AlertRuleOptions>, known: ReadonlyMap<string, KnownMetric> = KNOWN) {
  const rule = new AlertRule({ name: "rule", metricPattern: "queue.size", warningThreshold: 10, ...options });
  const { text, rules } = prometheusRules([rule], { known });
  const { groups } = parse(text) as { groups: { rules: PrometheusAlert[] }[] | null };
  return { text, missing: rules[0]!.missing, differing: rules[0]!.differing, alerts: (groups ?? [])[0]?.rules ?? [] };
}

describe("a rule in Prometheus' words", () => {
  it.each([
    [
      { metricPattern: "used_mb", warningThreshold: 400 },
      "(\n  (sum without (instance) (used_bytes) or sum without (instance) (last_over_time(used_bytes[5m]))) > 419430400\n) / 1048576",
    ],
    [
      { metricPattern: "load.slow", statistic: "mean", warningThreshold: 250 },
      "(\n  (sum without (instance) (rate(load_slow_seconds_sum[5m])) / sum without (instance) (rate(load_slow_seconds_count[5m]))) > 0.25\n) / 0.001",
    ],
    [
      { metricPattern: "load", statistic: "p99.9", window: "90s" },
      "histogram_quantile(0.999, sum without (instance) (rate(load_seconds_bucket[1m30s]))) > 10",
    ],
    [{ metricPattern: "load", statistic: "rate" }, "sum without (instance) (rate(load_seconds_count[5m])) > 10"],
    [
      { statistic: "max", tags: { lane: "a.b" }, excludeTags: { zone: ["x", "y*"], shop: "*" } },
      'max without (instance) (max_over_time(queue_size{lane="a.b",zone!~"x|y.*",shop!~".+"}[5m])) > 10',
    ],
    [
      { metricPattern: "hits", statistic: "sum", direction: "below" },
      "sum without (instance) (increase(hits_total[5m])) < 10",
    ],
  ] as const)("asks for %j", (options, expression) => {
    expect(exported(options as Partial<AlertRuleOptions>).alerts.map(({ expr }) => expr)).toEqual([expression]);
  });

  it.each([
    [{ metricPattern: "load", statistic: "max" }, "load: Prometheus does not know the max of a timer (load)"],
    [{ metricPattern: "hits", statistic: "count" }, "hits: Prometheus does not know the count of a counter (hits)"],
    [
      { baseline: { file: "a.json" } },
      "queue.size: Prometheus has no past in a file to compare with: use lookback or offset",
    ],
    [
      { metricPattern: "queue.size", limit: { suffix: "size", limitSuffix: "limit" } },
      "queue.size: its limit queue.limit is not known",
    ],
    [
      { metricPattern: "gone_rate" },
      "gone_rate: not everything is known that gone_rate is calculated from: queue.size / gone",
    ],
    [{ metricPattern: "hit_rate", statistic: "p95" }, "hit_rate: a derived metric has no p95"],
    [{ metricPattern: "nix.*" }, "no metric is known that nix.* is about: export where its program has recorded"],
  ] as const)("is left out with a word why: %j", (options, why) => {
    const { text, missing, alerts } = exported(options as Partial<AlertRuleOptions>);
    expect(missing).toEqual([why]);
    expect(text).toContain(`  # rule: not exported: ${missing[0]}\n`);
    expect(alerts).toEqual([]);
  });

  it("is left out where two metrics have one name there", () => {
    const defined: NamedDefinition[] = [
      { name: "a.b", kind: "gauge" },
      { name: "a_b", kind: "gauge" },
    ];
    const { missing } = exported({ metricPattern: "a?b" }, knownMetrics([], defined));
    expect(missing).toEqual(["a.b: a_b has the same name in Prometheus", "a_b: a.b has the same name in Prometheus"]);
  });

  it("says what is not quite the same", () => {
    const { text, differing } = exported({
      criticalThreshold: 20,
      for: "5m",
      noData: "keep",
      notifiers: ["pager"],
    });
    expect(differing).toEqual([
      "when its critical alert ends, the warning waits for `for` anew",
      "without data an alert ends; noData: keep cannot be said in Prometheus",
      "who is told (pager) is for Alertmanager's routes to say",
    ]);
    for (const one of differing) expect(text).toContain(`  # rule: ${one}\n`);
  });

  it("says where classic buckets make a percentile an estimate", () => {
    const slow = { metricPattern: "load.slow", warningThreshold: 250, criticalThreshold: 400 };
    expect(exported(slow).differing).toEqual([
      "load.slow: percentiles between 250 and 500 are estimates, unless the program has other buckets: a threshold of 400 " +
        "can be off by as much, 250 or 500 is exact",
    ]);
    expect(exported({ metricPattern: "load", warningThreshold: 300 }).differing).toEqual([
      expect.stringContaining("percentiles above 100 are estimates"),
    ]);
    expect(exported({ ...slow, statistic: "mean" }).differing).toEqual([]);
  });

  it("is one of the metrics that its pattern matches and `exclude` does not", () => {
    const { alerts } = exported({ metricPattern: "load*", exclude: "*.slow", criticalThreshold: 20 });
    expect(alerts.map(({ alert, labels }) => [alert, labels])).toEqual([
      ["rule", { severity: "critical", metric: "load" }],
      ["rule", { severity: "warning", metric: "load" }],
    ]);
  });
});
