import { parseDuration } from "@giflab/cli-kit";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { resolveWindow, windowReaching } from "../src/time-window.ts";

const NOW = 1_764_000_000;

describe("resolveWindow", () => {
  test("reaches back from now by default", () => {
    expect(resolveWindow({ window: "5m" }, NOW)).toEqual({ from: NOW - 300, to: NOW });
  });

  test("reaches back from a given end", () => {
    expect(resolveWindow({ window: "60", end: "-1h" }, NOW)).toEqual({ from: NOW - 3660, to: NOW - 3600 });
  });

  test("takes -1d as a day, never as a second", () => {
    expect(resolveWindow({ window: "300", start: "-1d" }, NOW)).toEqual({ from: NOW - 86_400, to: NOW });
  });

  test("refuses a start that is not before the end", () => {
    expect(() => resolveWindow({ window: "300", start: "now" }, NOW)).toThrow(/start .* must be before the end/);
  });
});

test("the window that is suggested reaches the data and can be typed", () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 4e8, noNaN: true }), (age) => {
      expect(parseDuration(windowReaching(age))).toBeGreaterThan(age);
    }),
  );
});
