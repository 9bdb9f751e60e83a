import { describe, expect, it } from "vitest";
import { meanChange, temporalConsistency } from "../../src/quality/temporal-consistency.ts";

describe("meanChange", () => {
  it("is the mean over all pixels and colours, whatever the direction", () => {
    // 2 + 4 + 0 of one pixel, 0 + 0 + 6 of the other: 12 over six values.
    const before = Uint8ClampedArray.from([10, 20, 30, 255, 0, 0, 6, 255]);
    const after = Uint8ClampedArray.from([12, 16, 30, 255, 0, 0, 0, 255]);
    expect(meanChange(before, after)).toBe(2);
    expect(meanChange(after, before)).toBe(2);
    expect(meanChange(before, before)).toBe(0);
  });

  it("counts transparent pixels as white, and blends those in between", () => {
    const pixel = (...values: readonly [number, number, number, number]): Uint8ClampedArray =>
      Uint8ClampedArray.from(values);
    expect(meanChange(pixel(1, 2, 3, 0), pixel(255, 255, 255, 255))).toBe(0);
    expect(meanChange(pixel(0, 0, 0, 0), pixel(252, 255, 255, 255))).toBe(1);
    // Black at 51 of 255 is 0.8 x 255 = 204.
    expect(meanChange(pixel(0, 0, 0, 51), pixel(204, 204, 201, 255))).toBe(1);
  });
});

describe("temporalConsistency", () => {
  it("is 1 for single, still and evenly moving animations", () => {
    expect(temporalConsistency([])).toBe(1);
    expect(temporalConsistency([0, 0])).toBe(1);
    expect(temporalConsistency([10, 10, 10])).toBe(1);
  });

  it("falls with the spread of the changes", () => {
    // Mean 20, variance 100, so exp(-2 x 100 / 400).
    expect(temporalConsistency([10, 30])).toBeCloseTo(Math.exp(-0.5), 12);
    // One cut in ten frames: mean 1, variance (0.81 x 1 + ...) = 9, so exp(-18).
    expect(temporalConsistency([10, 0, 0, 0, 0, 0, 0, 0, 0, 0])).toBeCloseTo(Math.exp(-18), 12);
  });
});
