import { describe, expect, it } from "vitest";
import { isNormal, type NormalRange } from "../src/index.ts";

describe("a normal range", () => {
  it.each<[NormalRange, number, boolean]>([
    [{ min: 0.6, max: 0.8 }, 0.6, true],
    [{ min: 0.6, max: 0.8 }, 0.8, true],
    [{ min: 0.6, max: 0.8 }, 0.59, false],
    [{ min: 0.6, max: 0.8 }, 0.81, false],
    [{ min: 0.6, max: 0.8, better: "higher" }, 0.95, true],
    [{ min: 0.6, max: 0.8, better: "higher" }, 0.5, false],
    [{ min: 5, max: 10, better: "lower" }, 1, true],
    [{ min: 5, max: 10, better: "lower" }, 11, false],
    [{ max: 0 }, 0, true],
    [{ max: 0 }, 1, false],
    [{}, 123, true],
  ])("%j and %d: %s", (range, value, normal) => {
    expect(isNormal(range, value)).toBe(normal);
  });
});
