import { spawnSync } from "node:child_process";
import { PrometheusBackend } from "@giflab/backend-prometheus";
import { describeWith } from "@giflab/backend-testkit/receivers";
import { MetricsCollector } from "@giflab/metrics-core";
import { expect, it } from "vitest";
import { processingMetrics } from "../src/config/processing-metrics.ts";

describeWith(["promtool"], "the app's metrics on Prometheus", () => {
  it("are all exposed, and promtool check metrics finds nothing wrong with them", async () => {
    const warnings: string[] = [];
    const backend = new PrometheusBackend({ onWarning: (message) => warnings.push(message) });
    const collector = new MetricsCollector({ backends: [backend], service: "processing", version: "1.0.0" });
    collector.define(processingMetrics);
    const recorded = Object.entries(processingMetrics).filter(([, { kind }]) => kind !== "derived");
    for (const [name, { kind }] of recorded) {
      const tags = { strategy: "adaptive", operation: "get", outcome: "hit" };
      if (kind === "counter") collector.recordCounter(name, 2, tags);
      if (kind === "gauge") collector.recordGauge(name, 1.5, tags);
      if (kind === "histogram") collector.recordHistogram(name, 3, tags);
      if (kind === "timer") collector.recordTimer(name, 0.01, tags);
    }
    let text = "";
    for await (const slice of backend.scrape()) text += slice;
    await collector.close();
    expect(warnings).toEqual([]);
    for (const [name] of Object.entries(processingMetrics))
      expect(text).toContain(`giflab_metric_info{metric="${name}",`);
    expect(text.match(/^# TYPE (?!giflab_)/gm)).toHaveLength(recorded.length);
    const { status, stdout, stderr } = spawnSync("promtool", ["check", "metrics"], { input: text, encoding: "utf8" });
    expect({ status, said: `${stdout}${stderr}` }).toEqual({ status: 0, said: "" });
  });
});
