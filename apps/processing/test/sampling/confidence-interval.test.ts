import { describe, expect, test } from "vitest";
import { meanConfidenceInterval, weightedMean } from "../../src/sampling/confidence-interval.ts";

const width = (values: readonly number[], weights: readonly number[], level = 0.95): number => {
  const { lower, upper } = meanConfidenceInterval(values, weights, level)!;
  return upper - lower;
};

describe("a confidence interval", () => {
  test("is mean +- t s / sqrt(n), narrower by what was looked at", () => {
    const { lower, upper } = meanConfidenceInterval([1, 2, 3, 4], [5, 5, 5, 5], 0.95)!;
    expect((lower + upper) / 2).toBeCloseTo(2.5);
    expect((upper - lower) / 2).toBeCloseTo(((3.18245 * Math.sqrt(5 / 3)) / 2) * Math.sqrt(1 - 4 / 20), 4);
  });

  test("comes near mean +- 1.96 s / sqrt(n) when many frames of very many were looked at", () => {
    const values = Array.from({ length: 2000 }, (_, at) => at % 2);
    const weights = values.map(() => 1e6);
    expect(width(values, weights) / 2).toBeCloseTo((1.96 * 0.5) / Math.sqrt(2000), 4);
    expect(width(values, weights, 0.99) / width(values, weights)).toBeCloseTo(2.576 / 1.96, 2);
  });

  test("is centred on the weighted mean", () => {
    const { lower, upper } = meanConfidenceInterval([0, 1], [3, 9], 0.95)!;
    expect((lower + upper) / 2).toBeCloseTo(0.75);
    expect(weightedMean([0, 1], [3, 9])).toBe(0.75);
  });

  test("is not widened by values that stand for nothing but their own frame", () => {
    const inside = width([0.7, 0.72, 0.74], [10, 10, 10]);
    expect(width([0.7, 0.72, 0.74, 0.99], [10, 10, 10, 1])).toBeCloseTo((inside * 30) / 31);
  });

  test("has no width when every frame was looked at", () => {
    expect(meanConfidenceInterval([1, 2, 6], [1, 1, 1], 0.95)).toEqual({ lower: 3, upper: 3 });
  });

  test("does not exist when one value stands for others, or none is there", () => {
    expect(meanConfidenceInterval([1], [2], 0.95)).toBeUndefined();
    expect(meanConfidenceInterval([], [], 0.95)).toBeUndefined();
  });
});
