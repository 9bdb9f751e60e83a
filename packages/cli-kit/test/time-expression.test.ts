import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CommandError, parseTime } from "../src/index.ts";

const NOW = Date.UTC(2026, 10, 24, 9, 30) / 1000;

describe("parseTime", () => {
  test.each([
    ["-1h", NOW - 3600],
    ["-90m", NOW - 5400],
    ["-1d", NOW - 86_400],
    ["-1h30m", NOW - 5400],
    ["-1.5h", NOW - 5400],
    ["now", NOW],
    [" now ", NOW],
    ["2026-11-24T09:00:00Z", NOW - 1800],
    ["2026-11-24T10:00:00+01:00", NOW - 1800],
    ["2026-11-24 04:00-0500", NOW - 1800],
    ["2026-11-24T09:00:00.250Z", NOW - 1800 + 0.25],
    ["1764000000", 1_764_000_000],
    ["1764000000.5", 1_764_000_000.5],
  ])("reads %s", (text, expected) => {
    expect(parseTime(text, NOW)).toBe(expected);
  });

  test("takes a date or time without zone as local time", () => {
    expect(parseTime("2026-03-05", NOW)).toBe(new Date(2026, 2, 5).getTime() / 1000);
    expect(parseTime("2026-03-05T14:05", NOW)).toBe(new Date(2026, 2, 5, 14, 5).getTime() / 1000);
  });

  test("takes -1d as a day and -1h30m as an hour and a half, never as a second or a crash", () => {
    expect(NOW - parseTime("-1d", NOW)).toBe(86_400);
    expect(NOW - parseTime("-1h30m", NOW)).toBe(5400);
  });

  test.each([
    "",
    "-",
    "-1",
    "-1x",
    "-30m1h",
    "-1h1h",
    "1h",
    "+1h",
    "yesterday",
    "2026-02-30",
    "2026-13-01",
    "2026-01-01T25:00",
    "2026-01-01T10:61",
    "01/02/2026",
    "1e9",
    "NaN",
    "0x10",
    "-1h-30m",
    "2026-01-01T10",
  ])("refuses %j and shows the forms", (text) => {
    expect(() => parseTime(text, NOW)).toThrow(CommandError);
    expect(() => parseTime(text, NOW)).toThrow(/-1h, -90m, -1d, -1h30m.*now.*2026-01-31T14:05.*epoch seconds/);
  });

  test("says that milliseconds are not seconds", () => {
    expect(() => parseTime("1764000000000", NOW)).toThrow(/milliseconds/);
  });

  test("reads back any instant that ISO 8601 can write", () => {
    fc.assert(
      fc.property(fc.date({ min: new Date(0), max: new Date("2100-01-01"), noInvalidDate: true }), (date) => {
        expect(parseTime(date.toISOString(), NOW)).toBeCloseTo(date.getTime() / 1000, 6);
      }),
    );
  });

  test("subtracts any sum of units from now", () => {
    fc.assert(
      fc.property(fc.nat(400), fc.nat(23), fc.nat(59), fc.nat(59), (days, hours, minutes, seconds) => {
        const age = days * 86_400 + hours * 3600 + minutes * 60 + seconds;
        expect(parseTime(`-${days}d${hours}h${minutes}m${seconds}s`, NOW)).toBe(NOW - age);
      }),
    );
  });

  test("answers any text with a time or a CommandError", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^-?[0-9smhdwTZ:.+ -]{0,24}$/)), (text) => {
        try {
          expect(Number.isFinite(parseTime(text, NOW))).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(CommandError);
        }
      }),
    );
  });
});
