import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalNumber } from "../src/exposition/canonical-number.ts";
import { escapeHelp, escapeLabelValue, labelText } from "../src/exposition/label-text.ts";

/** What a scraper's parser does with the text between two quotes. */
function unescaped(text: string): string {
  return text.replace(/\\(["\\n])/g, (_, sign: string) => (sign === "n" ? "\n" : sign));
}

const anyText = fc.string({
  unit: fc.oneof(fc.constantFrom("\\", '"', "\n", "n", "\r", "{", "}", ",", "="), fc.string()),
});

describe("escaping", () => {
  it("loses nothing of a label's value and never lets it end its quotes or its line", () => {
    fc.assert(
      fc.property(anyText, (value) => {
        const escaped = escapeLabelValue(value);
        expect(unescaped(escaped)).toBe(value.replaceAll("\0", "\ufffd"));
        expect(escaped).not.toContain("\n");
        expect(/^(?:[^"\\]|\\["\\n])*$/.test(escaped)).toBe(true);
      }),
    );
  });

  it("escapes quotes of a help text in OpenMetrics, where they must be, and not in Prometheus text, where they must not", () => {
    expect(escapeHelp('a "b" \\ c\nd', "openmetrics")).toBe('a \\"b\\" \\\\ c\\nd');
    expect(escapeHelp('a "b" \\ c\nd', "text")).toBe('a "b" \\\\ c\\nd');
  });

  it("leaves out labels without a value, which are labels that are not there", () => {
    expect(labelText({ a: "x", b: "", c: "y" }, (key) => key)).toBe('a="x",c="y"');
  });
});

describe("canonical numbers", () => {
  it("are written as OpenMetrics lists them", () => {
    const written: readonly (readonly [number, string])[] = [
      [0, "0.0"],
      [1, "1.0"],
      [100, "100.0"],
      [0.25, "0.25"],
      [0.0001, "0.0001"],
      [0.00001, "1e-05"],
      [0.0000025, "2.5e-06"],
      [1e-10, "1e-10"],
      [100_000, "100000.0"],
      [250_000.5, "250000.5"],
      [1e6, "1e+06"],
      [268_435_456, "2.68435456e+08"],
      [-1, "-1.0"],
      [-2.5e7, "-2.5e+07"],
      [1e100, "1e+100"],
    ];
    for (const [number, text] of written) expect(canonicalNumber(number)).toBe(text);
  });

  it("read back as the number they stand for", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (number) => {
        expect(Number(canonicalNumber(number))).toBe(number === 0 ? 0 : number);
      }),
    );
  });
});
