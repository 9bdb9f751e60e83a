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
    expect([evaluate("1 / (1 / 0)"), evaluate("0 * (1 / 0)"), evaluate("5 + 0 * x")]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it.each(["", "1 +", "(1", "1 2", "a b", "* 2", "1 + $x", "`x", "()", "(".repeat(5000)])(
    "%j is refused and quoted",
    (text) => {
      expect(() => parseFormula(text)).toThrow(expect.objectContaining({ code: "INVALID_METRIC" }));
    },
  );

  it.each([
    ["a + $b", 'cannot read it at "$b" (character 5)'],
    ["a + b b", 'unexpected "b" (character 7)'],
    ["a + * b", 'a metric or number is missing before "*" (character 5)'],
    ["(a + (b)", "a parenthesis is not closed (character 9)"],
    ["a +", "it ends too early (character 4)"],
  ])("%s is refused with the place: %s", (text, problem) => {
    expect(() => parseFormula(text)).toThrow(`formula ${JSON.stringify(text)}: ${problem}`);
  });

  it("agrees with JavaScript on precedence and associativity", () => {
    const { formula } = fc.letrec<{ formula: string }>((tie) => ({
      formula: fc.oneof(
        { maxDepth: 5 },
        fc.constantFrom("a", "b", "2", "0.5", "0", "1e3"),
        fc.tuple(tie("formula"), fc.constantFrom("+", "-", "*", "/"), tie("formula")).map((parts) => parts.join(" ")),
        tie("formula").map((inner) => `(${inner})`),
      ),
    }));
    const number = fc.double({ min: -1e6, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(formula, number, number, (text, a, b) => {
        fc.pre(text.length < 500);
        const oracle: unknown = new Function("a", "b", `return ${text}`)(a, b);
        const value = evaluate(text, { a, b });
        // A division by 0 somewhere inside is undefined as a whole, where JavaScript goes on with infinity.
        if (value === undefined) expect(text).toMatch(/\//);
        else expect(value).toBe(oracle);
      }),
    );
  });

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
