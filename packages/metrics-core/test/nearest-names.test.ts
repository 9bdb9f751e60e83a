import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nearestNames } from "../src/index.ts";

describe("nearestNames", () => {
  it("finds slips of the finger, the nearest first, and nothing far-fetched", () => {
    expect(nearestNames("fraem", ["frame", "resize", "lazy"])).toEqual(["frame"]);
    expect(nearestNames("hit_rate", ["cache.frame.hit_rate", "hit_rat"])).toEqual(["hit_rat", "cache.frame.hit_rate"]);
    expect(nearestNames("zzzzzz", ["frame", "resize"])).toEqual([]);
    expect(nearestNames("FRAME", ["frame"])).toEqual(["frame"]);
  });

  it("finds every name with one letter wrong, missing, doubled or swapped, and at most three names", () => {
    const name = fc.string({ unit: fc.constantFrom(..."abcdef._"), minLength: 4, maxLength: 20 });
    const slip = fc.constantFrom<(text: string, at: number) => string>(
      (text, at) => `${text.slice(0, at)}x${text.slice(at + 1)}`,
      (text, at) => text.slice(0, at) + text.slice(at + 1),
      (text, at) => text.slice(0, at) + text.slice(at, at + 1) + text.slice(at),
      (text, at) =>
        text.slice(0, at) +
        text
          .slice(at, at + 2)
          .split("")
          .reverse()
          .join("") +
        text.slice(at + 2),
    );
    fc.assert(
      fc.property(name, slip, fc.nat(19), (wanted, make, at) => {
        const typed = make(wanted, at % wanted.length);
        expect(nearestNames(typed, [wanted, "completely.different.and.long"])).toContain(wanted);
        expect(
          nearestNames(
            typed,
            Array.from({ length: 9 }, (_, i) => wanted + i),
          ).length,
        ).toBeLessThanOrEqual(3);
      }),
    );
  });
});
