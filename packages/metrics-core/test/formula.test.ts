import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { evaluateFormula, formulaInputs, parseFormula } from "../src/index.ts";

const evaluate = (text: string, values: Record<string, number> = {}): number | undefined =>
  evaluateFormula(parseFormula(text), (name) => values[name]);

describe("a formula", () => {
  it.each([
    ["1 + 2 * 3", 7],
    ["(1 + 2) * 3", 9],
    ["10 - 4 - 3", 3],
    ["16 / 4 / 2", 2],
    ["1.5e3 - .5e0", undefined],
  ])("%s is %s", (text, value) => {
    if (value === undefined) expect(() => parseFormula(text)).toThrow(/cannot read it at/);
    else expect(evaluate(text)).toBe(value);
  });

  it("reads names with dots, and any other name in backquotes", () => {
    expect(evaluate("cache.hits / (cache.hits + `my-cache misses`)", { "cache.hits": 3, "my-cache misses": 1 })).toBe(
      0.75,
    );
    expect(formulaInputs(parseFormula("a / (a + b) - a"))).toEqual(["a", "b"]);
  });

  it("is undefined where a division or an input is", () => {
    expect([evaluate("0 / 0"), evaluate("1 / 0"), evaluate("x + 1")]).toEqual([undefined, undefined, undefined]);
  });

  it.each(["", "1 +", "(1", "1 2", "a b", "* 2", "1 + $x", "`x", "()", "(".repeat(5000)])(
    "%j is refused and quoted",
    (text) => {
      expect(() => parseFormula(text)).toThrow(expect.objectContaining({ code: "INVALID_METRIC" }));
    },
  );

  it("of any length never exhausts the stack, and is never NaN", () => {
    const long = Array.from({ length: 20_000 }, () => "x").join(" + ");
    expect(() => evaluate(long, { x: 1 })).toThrow(expect.objectContaining({ code: "INVALID_METRIC" }));
    const part = fc.constantFrom("a", "b", "(a + b)", "2", "0");
    fc.assert(
      fc.property(
        fc.array(fc.tuple(part, fc.constantFrom("+", "-", "*", "/"))),
        part,
        fc.double(),
        fc.double(),
        (parts, last, a, b) => {
          const text = parts.map(([operand, sign]) => `${operand} ${sign} `).join("") + last;
          const value = evaluate(text, { a, b });
          expect(value === undefined || Number.isFinite(value)).toBe(true);
        },
      ),
    );
  });
});
