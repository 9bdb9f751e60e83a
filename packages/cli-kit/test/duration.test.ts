import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CommandError, formatDuration, parseDuration } from "../src/index.ts";

describe("parseDuration", () => {
  test.each([
    ["300", 300],
    ["0.5", 0.5],
    ["90s", 90],
    ["5m", 300],
    ["2h", 7200],
    ["1h30m", 5400],
    ["7d", 604_800],
    ["1w", 604_800],
  ])("reads %s", (text, expected) => {
    expect(parseDuration(text)).toBe(expected);
  });

  test.each(["", "0", "0s", "-5", "-5m", "5 m", "5x", "m", "1m1h", "1e3", "Infinity", "99999999999", "5min"])(
    "refuses %j and shows the forms",
    (text) => {
      expect(() => parseDuration(text)).toThrow(CommandError);
      expect(() => parseDuration(text)).toThrow(/seconds \(300\).*5m, 2h/);
    },
  );

  test("is the sum of its parts", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), fc.nat(59), fc.nat(59), (hours, minutes, seconds) => {
        expect(parseDuration(`${hours}h${minutes}m${seconds}s`)).toBe(hours * 3600 + minutes * 60 + seconds);
      }),
    );
  });
});

describe("formatDuration", () => {
  test.each([
    [0.25, "250 ms"],
    [45, "45 s"],
    [300, "5 min"],
    [5400, "1 h 30 min"],
    [86_400, "1 d"],
    [90_061, "1 d 1 h"],
  ])("writes %d s as %s", (seconds, expected) => {
    expect(formatDuration(seconds)).toBe(expected);
  });
});
