import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { measurementText, tagText } from "../src/line-text.ts";
import { readLine } from "./read-line.ts";

/** Texts in which what matters is frequent. */
const text = fc.oneof(
  fc.string({ unit: fc.constantFrom(...'ab,= \\"#\n\t\u0000é😀_-\ud800'.split("")), maxLength: 12 }),
  fc.string({ unit: "binary", maxLength: 12 }),
);

/** Whether every server reads the text back as it is. */
const writable = (value: string) => value !== "" && !/\p{Cc}|\p{Cs}|\\(?=[\\,= ]|$)/u.test(value);

const read = (name: string, key: string, value: string) =>
  readLine(`${measurementText(name)},${tagText(key)}=${tagText(value)} ${tagText(name)}=1 1`);

describe("text in lines", () => {
  it("is read back as it was wherever the protocol can write it, and as one line everywhere", () => {
    fc.assert(
      fc.property(text, text, text, (name, key, value) => {
        const line = read(name, key, value);
        const [[tag, found]] = Object.entries(line.tags) as [[string, string]];
        if (writable(name) && !/^#|\\"/.test(name)) expect(line.measurement).toBe(name);
        if (writable(key)) expect(tag).toBe(key);
        if (writable(value)) expect(found).toBe(value);
        expect(found).not.toBe("");
      }),
    );
  });

  it("stays two texts when it was two", () => {
    fc.assert(
      fc.property(text, text, (one, other) => {
        fc.pre(one !== other);
        expect(read(one, one, one).measurement).not.toBe(read(other, other, other).measurement);
        expect(read(one, one, one).tags).not.toEqual(read(other, other, other).tags);
      }),
    );
  });

  it.each([
    ["a b,c=d", "a\\ b\\,c\\=d"],
    ["C:\\temp", "C:\\temp"],
    ['say "hi"', 'say\\ "hi"'],
    ["line\nbreak", "line_break-ce78678a"],
    ["ends\\", "ends_-3abae245"],
    ["", "_-e3b0c442"],
  ])("writes the tag value %j as %j", (value, written) => {
    expect(tagText(value)).toBe(written);
  });

  it("lets no measurement be a comment, and keeps an equals sign in one", () => {
    expect(measurementText("#a")).toMatch(/^_a-[0-9a-f]{8}$/);
    expect(measurementText("a=b c")).toBe("a=b\\ c");
  });
});
