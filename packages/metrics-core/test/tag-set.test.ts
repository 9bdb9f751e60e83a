import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalTags, hasTags, type TagInput, tagSetKey } from "../src/index.ts";
import { ManualClock } from "../src/manual-clock.ts";
import { SeriesRegistry } from "../src/series-registry.ts";

/** Keys that are numbers, names of Object.prototype, joins of others, halves of surrogate pairs: what mixes things up. */
const text = fc.constantFrom(
  "a",
  "b",
  "10",
  "9",
  "a=b",
  'a"',
  "x,b=y",
  "",
  "__proto__",
  "constructor",
  "\ud800",
  "\ufffd",
  "\ue000",
);
const pairs = fc.uniqueArray(fc.tuple(text, text), { selector: ([key]) => key, maxLength: 5 });

/** What the pairs are once their text is well-formed, as a comparable list. */
const model = (list: readonly (readonly [string, string])[]): string =>
  JSON.stringify(list.map(([key, value]) => [key.toWellFormed(), value.toWellFormed()]).sort());

/** Two keys may become one when they are made well-formed: which of the two values stays is not specified. */
const distinct = pairs.filter((list) => new Set(list.map(([key]) => key.toWellFormed())).size === list.length);

describe("canonicalTags", () => {
  it("gives equal tags, with an equal key, exactly for equal sets", () => {
    fc.assert(
      fc.property(distinct, distinct, (one, other) => {
        const [a, b] = [one, other].map((list) => canonicalTags(Object.fromEntries(list)).tags);
        expect(tagSetKey(a!) === tagSetKey(b!)).toBe(model(one) === model(other));
      }),
    );
  });

  it("lists the pairs in the same order, whatever order they came in", () => {
    fc.assert(
      fc.property(distinct, (list) => {
        const [a, b] = [list, [...list].reverse()].map((one) => canonicalTags(Object.fromEntries(one)).tags);
        expect(Object.entries(a!)).toEqual(Object.entries(b!));
      }),
    );
  });

  it("changes nothing the second time", () => {
    fc.assert(
      fc.property(pairs, (list) => {
        const { tags } = canonicalTags(Object.fromEntries(list));
        expect(canonicalTags(tags)).toEqual({ tags, cut: false });
      }),
    );
  });

  it("writes values out, and leaves out what is undefined or null", () => {
    expect(canonicalTags({ n: 1.5, b: true, i: 7n, u: undefined, z: null })).toEqual({
      tags: { b: "true", i: "7", n: "1.5" },
      cut: false,
    });
  });
});

describe("hasTags", () => {
  it("asks for own pairs only", () => {
    expect(hasTags({}, { constructor: "x" } as unknown as Record<string, string>)).toBe(false);
    expect(hasTags({ a: "1", b: "2" }, { b: "2" })).toBe(true);
    expect([hasTags({}, undefined), hasTags({}, {})]).toEqual([true, true]);
  });
});

describe("a series", () => {
  const find = (tags: readonly TagInput[]): number => {
    const made = new SeriesRegistry({
      clock: new ManualClock(),
      sampling: { rate: 1, random: () => 0 },
      maxSeriesPerMetric: 1000,
      onProblem: () => {},
    });
    return new Set(tags.map((one) => made.find("m", "counter", one))).size;
  };

  it("is its name and its tag set, in whatever order and form it is written", () => {
    fc.assert(
      fc.property(fc.array(distinct, { maxLength: 6 }), (lists) => {
        const written = lists.flatMap((list) => [list, [...list].reverse()]).map((list) => Object.fromEntries(list));
        expect(find(written)).toBe(new Set(lists.map(model)).size);
      }),
    );
  });

  it("has the tags that its object inherits, whichever way they are met first", () => {
    const inherits = Object.assign(Object.create({ a: "1" }), { b: "2" }) as TagInput;
    expect(canonicalTags(inherits).tags).toEqual({ a: "1", b: "2" });
    expect(find([inherits, { b: "2" }])).toBe(2);
    expect(find([{ b: "2", a: "1" }, inherits, { a: "1", b: "2" }])).toBe(1);
  });

  it("follows a tag value that is an object and reads differently the second time", () => {
    const value = { text: "1", toString: () => value.text };
    const tags = { a: value } as unknown as TagInput;
    const read = (): TagInput => tags;
    let count = 0;
    const again = (): TagInput => {
      value.text = String(++count);
      return read();
    };
    expect(find([again(), { a: "1" }])).toBe(1);
    const made = new SeriesRegistry({
      clock: new ManualClock(),
      sampling: { rate: 1, random: () => 0 },
      maxSeriesPerMetric: 1000,
      onProblem: () => {},
    });
    const [first, second] = [made.find("m", "counter", again()), made.find("m", "counter", again())];
    expect(first).not.toBe(second);
  });
});
