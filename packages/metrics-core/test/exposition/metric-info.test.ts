import { describe, expect, it } from "vitest";
import { metricInfoFromLabels, metricInfoLabels } from "../../src/exposition/index.ts";
import type { NamedDefinition } from "../../src/metric-definition.ts";

const definitions: readonly NamedDefinition[] = [
  { name: "hits", kind: "counter", unit: "{hit}", description: 'A "hit"\nor so', system: "frame" },
  { name: "used", kind: "gauge", unit: "MB", merge: "sum", normalRange: { max: 400, better: "lower" } },
  { name: "load", kind: "timer", unit: "s", normalRange: { max: 0.001, statistic: "p95", where: { outcome: "hit" } } },
  { name: "rate", kind: "derived", formula: "hits / (hits + misses)", groupBy: ["tier", "kind"] },
];

describe("giflab_metric_info", () => {
  it.each(definitions)("$name is read back as it was", (definition) => {
    const exposed = definition.kind === "derived" ? undefined : "exposed_name";
    expect(metricInfoFromLabels(metricInfoLabels(definition, exposed))).toEqual({ definition, exposed });
  });

  it("is nothing, or less, for labels that somebody else wrote", () => {
    expect(metricInfoFromLabels({})).toBeUndefined();
    expect(metricInfoFromLabels({ metric: "a", kind: "summary", exposed: "a" })).toBeUndefined();
    expect(metricInfoFromLabels({ metric: "a", kind: "derived" })).toBeUndefined();
    expect(metricInfoFromLabels({ metric: "a", kind: "gauge" })).toBeUndefined();
    expect(
      metricInfoFromLabels({ metric: "a", kind: "gauge", exposed: "a", merge: "x", normal_range: "{", job: "j" }),
    ).toEqual({ definition: { name: "a", kind: "gauge" }, exposed: "a" });
  });
});
