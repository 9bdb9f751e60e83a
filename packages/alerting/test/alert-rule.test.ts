import { describe, expect, it } from "vitest";
import { AlertRule, defaultAlertRules, MessageTemplate } from "../src/index.ts";

const rule = (options: Partial<ConstructorParameters<typeof AlertRule>[0]> = {}): AlertRule =>
  new AlertRule({ name: "r", metricPattern: "m", warningThreshold: 1, criticalThreshold: 5, ...options });

describe("AlertRule", () => {
  it("fires strictly beyond its thresholds, upwards", () => {
    expect([1, 1.01, 5, 5.01].map((value) => rule().levelOf(value))).toEqual(["ok", "warning", "warning", "critical"]);
  });

  it("fires downwards when the critical threshold is the lower one", () => {
    const low = rule({ warningThreshold: 0.4, criticalThreshold: 0.2 });
    expect([0.4, 0.39, 0.19].map((value) => low.levelOf(value))).toEqual(["ok", "warning", "critical"]);
  });

  it("survives being stored as JSON", () => {
    const stored = new AlertRule(JSON.parse(JSON.stringify(rule({ messageTemplate: "{value:.2f}" }))));
    expect(stored.levelOf(3)).toBe("warning");
    expect(stored.messageTemplate).toBe("{value:.2f}");
  });

  it.each([
    [{ name: " " }, /name must be text/],
    [{ metricPattern: "" }, /metricPattern/],
    [{ warningThreshold: Number.NaN }, /warningThreshold must be a number/],
    [{ criticalThreshold: 0.5, direction: "above" as const }, /criticalThreshold must be at or above/],
    [{ statistic: "median" as never }, /statistic must be one of/],
    [{ minSample: 5 } as never, /unknown option minSample: did you mean minSamples\?/],
    [{ messageTemplate: "{vlaue}" }, /unknown field \{vlaue\}/],
    [{ messageTemplate: "{value:x}" }, /unknown format :x/],
    [{ messageTemplate: "a { b" }, /lone \{/],
  ])("refuses %j and says what is allowed", (options, message) => {
    expect(() => rule(options)).toThrow(message);
    expect(() => rule(options)).toThrow(expect.objectContaining({ code: "INVALID_OPTION" }));
  });
});

describe("MessageTemplate", () => {
  const fields = {
    rule: "r",
    metric: "m",
    level: "warning",
    value: 0.4567,
    threshold: 0.4,
    measured: 12,
    limit: 500,
    baseline: undefined,
    note: "",
    runbookUrl: undefined,
    labels: { team: "images" },
    tags: { tier: "disk", a: "b" },
  };

  it.each([
    ["{value:.2f}s", "0.46s"],
    ["{value:.1%} of {limit:.0f}", "45.7% of 500"],
    ["{measured:d} {baseline:.2f}", "12 -"],
    ["{tags} {tags.tier} {tags.none}", "tier=disk a=b disk -"],
    ["{labels.team} {labels.toString} {runbookUrl}{note}", "images - -"],
    ["{{literal}} {value:.3g}", "{literal} 0.457"],
  ])("writes %s as %s", (template, text) => {
    expect(new MessageTemplate(template).fill(fields)).toBe(text);
  });
});

describe("defaultAlertRules", () => {
  it("takes thresholds from the configuration and refuses ones that make no sense", () => {
    expect(defaultAlertRules({ cacheHitRateWarning: 0.9 })[0]!.warningThreshold).toBe(0.9);
    expect(() => defaultAlertRules({ memoryUsageWarning: 80 })).toThrow(/alerts.memoryUsageWarning must be a share/);
    expect(() => defaultAlertRules({ evictionRateSpike: 1 })).toThrow(/ratio above 1/);
  });
});
