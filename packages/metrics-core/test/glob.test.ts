import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { globMatcher, nearestNames } from "../src/index.ts";

describe("globMatcher", () => {
  it.each([
    ["cache.*", "cache.frame.hits", true],
    ["cache.*.hits", "cache.frame.hits", true],
    ["cache.*.hits", "cache.hits", false],
    ["cache.hits", "cache.hits", true],
    ["cache.hits", "cacheXhits", false],
    ["c?che", "cache", true],
    ["*", "", true],
    ["a*b*c", "aXbYbZc", true],
    ["[a].*", "[a].b", true],
  ])("%s on %s is %s", (glob, name, matches) => {
    expect(globMatcher(glob)(name)).toBe(matches);
  });

  it("agrees with the regular expression that the glob stands for", () => {
    const text = fc.string({ unit: fc.constantFrom("a", "b", ".", "*", "?") });
    fc.assert(
      fc.property(text, fc.string({ unit: fc.constantFrom("a", "b", ".") }), (glob, name) => {
        const pattern = glob.replaceAll(".", "\\.").replaceAll("*", ".*").replaceAll("?", ".");
        expect(globMatcher(glob)(name)).toBe(new RegExp(`^${pattern}$`, "s").test(name));
      }),
    );
  });

  it("matches any of several", () => {
    expect(["a", "b.x", "c"].filter(globMatcher(["a", "b.*"]))).toEqual(["a", "b.x"]);
  });
});

describe("nearestNames", () => {
  it("finds slips of the finger, the nearest first, and nothing far-fetched", () => {
    expect(nearestNames("fraem", ["frame", "resize", "lazy"])).toEqual(["frame"]);
    expect(nearestNames("hit_rate", ["cache.frame.hit_rate", "hit_rat"])).toEqual(["hit_rat", "cache.frame.hit_rate"]);
    expect(nearestNames("zzzzzz", ["frame", "resize"])).toEqual([]);
  });
});
