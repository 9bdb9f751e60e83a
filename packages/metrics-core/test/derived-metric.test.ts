import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { derivedMetrics, evaluateDerived, type FormulaOperand } from "../src/derived-metric.ts";
import type { MetricKind, Tags } from "../src/index.ts";

const metric = (formula: string, groupBy?: readonly string[]) =>
  derivedMetrics([{ name: "d", kind: "derived", formula, ...(groupBy === undefined ? {} : { groupBy }) }])[0]!;
const operand = (
  name: string,
  value: number | undefined,
  tags: Tags = {},
  kind: MetricKind = "counter",
): FormulaOperand => ({
  name,
  kind,
  tags,
  value,
});
const rate = "hits / (hits + misses)";

describe("a derived metric", () => {
  it("adds counters and gauges over their series, and takes the mean of means", () => {
    const hits = [operand("hits", 3, { tier: "memory" }), operand("hits", 3, { tier: "disk" }), operand("misses", 2)];
    expect(evaluateDerived(metric(rate), hits, undefined)).toEqual([{ tags: {}, value: 0.75 }]);
    const timers = [operand("t", 1, { a: "1" }, "timer"), operand("t", 3, { a: "2" }, "timer")];
    expect(evaluateDerived(metric("t * 10"), timers, undefined)).toEqual([{ tags: {}, value: 20 }]);
  });

  it("has one result per value of its grouping tags", () => {
    const operands = [
      operand("hits", 3, { type: "ssim" }),
      operand("misses", 1, { type: "ssim" }),
      operand("misses", 5, { type: "mse" }),
    ];
    expect(evaluateDerived(metric(rate, ["type"]), operands, undefined)).toEqual([
      { tags: { type: "ssim" }, value: 0.75 },
      { tags: { type: "mse" }, value: 0 },
    ]);
  });

  it("is undefined for 0/0", () => {
    const idle = [operand("hits", 0), operand("misses", 0)];
    expect(evaluateDerived(metric(rate), idle, undefined)).toEqual([{ tags: {}, value: undefined }]);
  });

  it("takes a counter that was never recorded for 0 as long as another input is known", () => {
    expect(evaluateDerived(metric(rate), [operand("hits", 2)], undefined)).toEqual([{ tags: {}, value: 1 }]);
    expect(evaluateDerived(metric(rate), [], undefined)).toEqual([]);
    const gauge = [operand("used", 5, {}, "gauge")];
    expect(evaluateDerived(metric("used / limit"), gauge, undefined)).toEqual([{ tags: {}, value: undefined }]);
  });

  it("is undefined by a tag that one of its inputs lacks, whether filtered or grouped by", () => {
    const operands = [operand("hits", 3, { tier: "memory", type: "a" }), operand("misses", 1, { type: "a" })];
    const filter = { tier: "memory" };
    expect(evaluateDerived(metric(rate), operands, filter)).toEqual([{ tags: filter, value: undefined }]);
    expect(evaluateDerived(metric(rate), operands, { type: "a" })).toEqual([{ tags: {}, value: 0.75 }]);
    expect(evaluateDerived(metric(rate, ["tier"]), operands, undefined)).toEqual([{ tags: {}, value: undefined }]);
    expect(evaluateDerived(metric(rate, ["tier", "type"]), operands, undefined)).toEqual([
      { tags: { type: "a" }, value: undefined },
    ]);
  });

  it("of hits and misses is never outside of 0 to 1, whatever tags they carry", () => {
    const some = fc.array(
      fc.record({
        name: fc.constantFrom("hits", "misses"),
        kind: fc.constant("counter" as const),
        tags: fc.dictionary(fc.constantFrom("a", "b"), fc.constantFrom("1", "2")),
        value: fc.nat(5),
      }),
    );
    fc.assert(
      fc.property(some, fc.subarray(["a", "b"]), (operands, groupBy) => {
        for (const { value } of evaluateDerived(metric(rate, groupBy), operands, undefined)) {
          expect(value === undefined || (value >= 0 && value <= 1)).toBe(true);
        }
      }),
    );
  });

  it("written by a newer version in words we do not know is left out", () => {
    expect(derivedMetrics([{ name: "d", kind: "derived", formula: "max(a, b)" }])).toEqual([]);
  });
});
