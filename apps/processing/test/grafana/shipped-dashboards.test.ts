import { ALERT_METRICS, defaultAlertRules } from "@giflab/alerting";
import { grafanaFiles, ruleThresholds } from "@giflab/dashboard";
import { SELF_METRICS } from "@giflab/metrics-core";
import { describe, expect, it } from "vitest";
import { processingDashboard } from "../../src/config/processing-dashboard.ts";
import { processingMetrics } from "../../src/config/processing-metrics.ts";

const catalogue = { ...ALERT_METRICS, ...SELF_METRICS, ...processingMetrics };
const options = { layout: processingDashboard, catalogue, thresholds: ruleThresholds(defaultAlertRules()) };

describe("the dashboards that are shipped", () => {
  // After an intended change: npx vitest run --project processing test/grafana -u
  it.each(grafanaFiles(options))("$name is what the catalogue makes", async ({ name, text }) => {
    await expect(text).toMatchFileSnapshot(`../../../../packages/dashboard/grafana/${name}`);
  });

  it("cannot be made any more when a metric is renamed", () => {
    for (const name of [
      "cache.frame.hits",
      "sampling.speedup_factor",
      "lazy_import.load_time",
      "cache.resize.evictions",
    ]) {
      const { [name]: definition, ...others } = catalogue as Record<string, (typeof catalogue)[keyof typeof catalogue]>;
      const renamed = { ...others, [`${name}s`]: definition! };
      expect(() => grafanaFiles({ ...options, catalogue: renamed })).toThrow(
        `${name}, which is in no catalogue; did you mean ${name}s`,
      );
    }
  });

  it("draws the alert thresholds that are configured", () => {
    const thresholds = ruleThresholds(defaultAlertRules({ cacheHitRateWarning: 0.35, memoryUsageCritical: 0.9 }));
    const text = grafanaFiles({ ...options, thresholds })[0]!.text;
    expect(text).toContain('"value": 0.35');
    expect(text).toContain('"value": 0.9\n');
  });
});
