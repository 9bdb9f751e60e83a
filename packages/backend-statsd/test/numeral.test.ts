import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { numeral } from "../src/numeral.ts";

describe("a numeral", () => {
  it.each([
    [-0, "0"],
    [12.5, "12.5"],
    [-3, "-3"],
    [1e21, "1000000000000000000000"],
    [-1.5e22, "-15000000000000000000000"],
    [1e-7, "0.0000001"],
    [-2.5e-8, "-0.000000025"],
    [5e-324, "0"],
    [-1e-30, "0"],
  ])("of %d is %s", (value, text) => {
    expect(numeral(value)).toBe(text);
  });

  it("is digits, and the value again, for any number", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const text = numeral(value);
        expect(text).toMatch(/^-?\d+(\.\d+)?$/);
        if (Math.abs(value) >= 1e-6) expect(Number(text)).toBe(value);
        else expect(Math.abs(Number(text) - value)).toBeLessThanOrEqual(1e-20);
      }),
    );
  });
});
