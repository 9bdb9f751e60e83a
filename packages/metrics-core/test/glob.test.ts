import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { globMatcher } from "../src/index.ts";

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
