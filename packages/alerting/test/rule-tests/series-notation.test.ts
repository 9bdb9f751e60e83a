import { describe, expect, it } from "vitest";
import { parseSeriesNotation } from "../../src/rule-tests/series-notation.ts";

describe("the notation of series", () => {
  it.each([
    ["1 2 -3", [1, 2, -3]],
    ["_ 1.5 _x2", [undefined, 1.5, undefined, undefined]],
    ["1x3", [1, 1, 1, 1]],
    ["-2+4x3", [-2, 2, 6, 10]],
    ["1-2x3", [1, -1, -3, -5]],
    ["0+0.5x2  7", [0, 0.5, 1, 7]],
    ["1e3x1", [1000, 1000]],
  ])("%s", (text, values) => {
    expect(parseSeriesNotation(text)).toEqual(values);
  });

  it.each(["", "x3", "1+2", "_+1x3", "1xx", "1x-2", "stale", "1,2", "0x1000000"])("refuses %j", (text) => {
    expect(() => parseSeriesNotation(text)).toThrow(RangeError);
  });
});
