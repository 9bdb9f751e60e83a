import { readdirSync, readFileSync } from "node:fs";
import { type DashboardLayout, defineMetrics, SELF_METRICS } from "@giflab/metrics-core";
import { describe, expect, it } from "vitest";
import type { GrafanaDashboard, GrafanaPanel } from "../../src/grafana/dashboard-json.ts";
import { grafanaDashboard } from "../../src/grafana/grafana-dashboard.ts";
import { ruleThresholds } from "../../src/grafana/rule-thresholds.ts";
import { lintDashboard } from "./dashboard-lint.ts";

const shipped = new URL("../../grafana/", import.meta.url);

const catalogue = {
  ...defineMetrics({
    "jobs.done": { kind: "counter", unit: "{job}", system: "jobs", description: "Jobs finished" },
    "jobs.failed": { kind: "counter", system: "jobs" },
    "jobs.failure_rate": {
      kind: "derived",
      unit: "1",
      system: "jobs",
      formula: "jobs.failed / (jobs.done + jobs.failed)",
      groupBy: ["queue.name"],
    },
    "jobs.wait": { kind: "timer", unit: "s", system: "jobs" },
    "heap.used_mb": { kind: "gauge", unit: "MB", merge: "sum", system: "process" },
    "heap.limit_mb": { kind: "gauge", unit: "MB", merge: "sum", system: "process" },
    read_mb: { kind: "counter", unit: "MB", system: "process" },
  }),
  ...SELF_METRICS,
};

const layout: DashboardLayout = {
  name: "jobs",
  title: "Jobs",
  description: "Jobs and their memory",
  rows: [
    {
      title: "Jobs",
      panels: [
        {
          title: "Failures",
          description: "Share of jobs that failed.",
          view: "gauge",
          lines: [{ metric: "jobs.failure_rate", legend: "{{queue.name}}" }],
        },
        {
          title: "Waiting",
          description: "How long urgent jobs wait.",
          view: "timeseries",
          lines: [
            { metric: "jobs.wait", by: ["queue.name"], where: { lane: 'a"b\\' }, legend: "{{queue.name}}" },
            { metric: "jobs.done", legend: "done", axis: "right" },
          ],
        },
        {
          title: "Heap",
          description: "Heap of its limit.",
          view: "gauge",
          lines: [{ metric: "heap.used_mb", limit: "heap.limit_mb", legend: "heap" }],
        },
        {
          title: "Heap size",
          description: "Heap in use.",
          view: "stat",
          lines: [{ metric: "heap.used_mb", legend: "heap" }],
        },
      ],
    },
  ],
};

const thresholds = ruleThresholds([
  { metricPattern: "heap.*_mb", direction: "above", warningThreshold: 0.8, criticalThreshold: 0.95, limit: {} },
  { metricPattern: "heap.*_mb", direction: "above", criticalThreshold: 500 },
  { metricPattern: "jobs.failure_rate", direction: "above", warningThreshold: 0.1 },
  { metricPattern: "jobs.wait", direction: "above", criticalThreshold: 9, statistic: "p99" },
  { metricPattern: "jobs.wait", direction: "above", criticalThreshold: 3, baseline: {} },
]);

function panel(dashboard: GrafanaDashboard, title: string): GrafanaPanel {
  const all = dashboard.panels.flatMap((one) => (one.type === "row" ? one.panels : [one]));
  const found = all.find((one) => one.title === title);
  if (found === undefined) throw new Error(`no panel ${title} among ${all.map((one) => one.title).join(", ")}`);
  return found;
}

describe("a dashboard for Prometheus", () => {
  const dashboard = grafanaDashboard({ layout, catalogue, source: "prometheus", thresholds });

  it("has no problem that Grafana's linter would find", () => {
    expect(lintDashboard(dashboard)).toEqual([]);
    expect(lintDashboard(grafanaDashboard({ layout, catalogue, source: "prometheus", forImport: true }))).toEqual([]);
  });

  it("asks for the programs that are chosen, by the names and labels that are exposed", () => {
    const targets = 'job=~"$job", instance=~"$instance"';
    expect(panel(dashboard, "Failures").targets[0]).toMatchObject({
      legendFormat: "{{queue_name}}",
      expr:
        `sum by (queue_name) (increase(jobs_failed_total{${targets}}[$__rate_interval])) / ` +
        `(sum by (queue_name) (increase(jobs_done_total{${targets}}[$__rate_interval])) + ` +
        `sum by (queue_name) (increase(jobs_failed_total{${targets}}[$__rate_interval])))`,
    });
    expect(panel(dashboard, "Waiting").targets[0]!.expr).toBe(
      `histogram_quantile(0.95, sum by (le, queue_name) (rate(jobs_wait_seconds_bucket{${targets}, lane="a\\"b\\\\"}[$__rate_interval])))`,
    );
    expect(panel(dashboard, "Heap").targets[0]!.expr).toBe(
      `sum (heap_used_bytes{${targets}}) / sum (heap_limit_bytes{${targets}})`,
    );
  });

  it("draws the thresholds of the rules that compare the same, in the unit that is drawn", () => {
    const steps = (title: string) => panel(dashboard, title).fieldConfig.defaults.thresholds.steps;
    expect(steps("Heap")).toEqual([
      { color: "green", value: null },
      { color: "orange", value: 0.8 },
      { color: "red", value: 0.95 },
    ]);
    expect(steps("Heap size")).toEqual([
      { color: "green", value: null },
      { color: "red", value: 500 * 2 ** 20 },
    ]);
    // Only the 99th percentile has a level; the ratio to the day before is no level at all.
    expect(steps("Waiting")).toEqual([{ color: "green", value: null }]);
  });

  it("colours what should not fall below from the worst upwards", () => {
    const below = ruleThresholds([
      { metricPattern: "*", direction: "below", warningThreshold: 0.4, criticalThreshold: 0.2 },
    ]);
    const { steps } = panel(
      grafanaDashboard({ layout, catalogue, source: "prometheus", thresholds: below }),
      "Failures",
    ).fieldConfig.defaults.thresholds;
    expect(steps).toEqual([
      { color: "red", value: null },
      { color: "orange", value: 0.2 },
      { color: "green", value: 0.4 },
    ]);
  });

  it("gives units to every line", () => {
    const { defaults, overrides } = panel(dashboard, "Waiting").fieldConfig;
    expect(defaults.unit).toBe("s");
    expect(overrides).toEqual([
      {
        matcher: { id: "byFrameRefID", options: "B" },
        properties: [
          { id: "unit", value: "ops" },
          { id: "custom.axisPlacement", value: "right" },
        ],
      },
    ]);
    expect(panel(dashboard, "read_mb").fieldConfig.defaults.unit).toBe("binBps");
  });

  it("shows in closed rows what no panel shows", () => {
    const rows = dashboard.panels.filter((one) => one.type === "row");
    expect(rows.map(({ title, collapsed, panels }) => [title, collapsed, panels.map((one) => one.title)])).toEqual([
      ["Jobs", false, []],
      ["Monitoring itself", false, []],
      ["More of jobs", true, ["jobs.failed"]],
      ["More of process", true, ["read_mb"]],
    ]);
  });
});

describe("a dashboard for InfluxDB", () => {
  const dashboard = grafanaDashboard({ layout, catalogue, source: "influxdb", thresholds });

  it("has no problem that Grafana's linter would find", () => {
    expect(lintDashboard(dashboard)).toEqual([]);
    expect(lintDashboard(grafanaDashboard({ layout, catalogue, source: "influxdb", forImport: true }))).toEqual([]);
  });

  it("calculates formulas from the fields of their own measurement", () => {
    const { targets } = panel(dashboard, "Failures");
    expect(targets).toMatchObject([
      {
        alias: "$tag_queue.name",
        query:
          'SELECT (sum("jobs.failed") / (sum("jobs.done") + sum("jobs.failed"))) FROM "jobs.failure_rate" ' +
          'WHERE "service" =~ /^$service$/ AND "instance" =~ /^$instance$/ AND $timeFilter ' +
          'GROUP BY time($__interval), "queue.name" fill(null)',
      },
    ]);
  });

  it("lets Grafana calculate shares from hidden queries, as InfluxQL cannot", () => {
    const { targets, fieldConfig } = panel(dashboard, "Heap");
    expect(targets.map(({ refId, hide, expression }) => [refId, hide, expression])).toEqual([
      ["A", true, undefined],
      ["B", true, undefined],
      ["C", undefined, "$A / $B"],
    ]);
    expect(fieldConfig.overrides).toEqual([
      {
        matcher: { id: "byFrameRefID", options: "C" },
        properties: [{ id: "displayName", value: `heap \${__field.labels["instance"]}` }],
      },
    ]);
  });

  it("keeps values and thresholds in the unit of the metric", () => {
    const { unit, thresholds: colours } = panel(dashboard, "Heap size").fieldConfig.defaults;
    expect(unit).toBe("mbytes");
    expect(colours.steps.at(-1)).toEqual({ color: "red", value: 500 });
  });
});

describe("a layout that cannot be shown", () => {
  const of = (line: DashboardLayout["rows"][number]["panels"][number]["lines"][number]): DashboardLayout => ({
    ...layout,
    rows: [{ title: "r", panels: [{ title: "p", description: "d", view: "stat", lines: [line] }] }],
  });

  it("is refused with the nearest names for an unknown metric", () => {
    const wrong = of({ metric: "jobs.dome", legend: "x" });
    expect(() => grafanaDashboard({ layout: wrong, catalogue, source: "prometheus" })).toThrow(
      "a panel shows jobs.dome, which is in no catalogue; did you mean jobs.done?",
    );
  });

  it("is refused for a statistic that the database does not have", () => {
    const wrong = of({ metric: "jobs.wait", statistic: "max", legend: "x" });
    expect(() => grafanaDashboard({ layout: wrong, catalogue, source: "prometheus" })).toThrow(
      "Prometheus cannot answer the max of jobs.wait",
    );
    expect(grafanaDashboard({ layout: wrong, catalogue, source: "influxdb" }).panels).not.toEqual([]);
  });
});

describe("the dashboards that are shipped", () => {
  it.each(readdirSync(shipped))(
    "%s has no problem that Grafana's linter would find, and refreshes every 10 s",
    (name) => {
      const dashboard = JSON.parse(readFileSync(new URL(name, shipped), "utf8")) as GrafanaDashboard;
      expect(lintDashboard(dashboard)).toEqual([]);
      expect(dashboard).toMatchObject({ schemaVersion: 42, refresh: "10s" });
      expect(JSON.stringify(dashboard)).not.toMatch(/undefined|NaN|\[object/);
    },
  );
});
