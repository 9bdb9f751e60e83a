import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatNumber, formatQuantity, formatRate } from "../src/index.ts";

describe("formatQuantity", () => {
  test.each([
    [0.2, "s", "200 ms"],
    [0.0123, "s", "12.3 ms"],
    [0.9999, "s", "1 s"],
    [0.000_000_45, "s", "450 ns"],
    [0.000_012, "s", "12 us"],
    [3.25, "s", "3.25 s"],
    [300, "s", "5 min"],
    [0, "s", "0 s"],
    [0.653, "1", "65.3 %"],
    [0, "1", "0 %"],
    [384, "MB", "384 MB"],
    [1536, "MB", "1.5 GB"],
    [0.25, "MB", "0.25 MB"],
    [4096, "By", "4 KB"],
    [12_345, "{frame}", "12,345"],
    [1_234_567, undefined, "1,234,567"],
    [2.5, "W", "2.5 W"],
  ])("writes %d of unit %s as %s", (value, unit, expected) => {
    expect(formatQuantity(value, unit)).toBe(expected);
  });

  test.each([undefined, null, Number.NaN, Number.POSITIVE_INFINITY])("writes %s as -, never as zero", (value) => {
    expect(formatQuantity(value, "s")).toBe("-");
  });

  test("shows a timer of 0.2 s as 200 ms, not as 200000 ms", () => {
    expect(formatQuantity(0.2, "s")).toBe("200 ms");
  });
});

describe("formatRate", () => {
  test.each([
    [12.5, "12.5/s"],
    [0.05, "3/min"],
    [0.001, "3.6/h"],
    [0, "0/s"],
    [undefined, "-"],
  ])("writes %s per second as %s", (perSecond, expected) => {
    expect(formatRate(perSecond)).toBe(expected);
  });
});

test("formatNumber keeps three significant digits of any number", () => {
  fc.assert(
    fc.property(fc.double({ min: 1e-6, max: 1e14, noNaN: true }), (value) => {
      const shown = Number(formatNumber(value, 3).replaceAll(",", ""));
      expect(Math.abs(shown - value) / value).toBeLessThanOrEqual(0.006);
    }),
  );
});
