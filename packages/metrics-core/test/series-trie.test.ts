import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SeriesTrie } from "../src/series-trie.ts";

describe("SeriesTrie", () => {
  it("finds what was put at the end of a path, and nothing at its beginning or beyond", () => {
    const trie = new SeriesTrie<string>();
    trie.set({ a: "1", b: "2" }, "ab");
    expect(trie.find({ a: "1", b: "2" })).toBe("ab");
    expect(trie.find({ a: "1" })).toBeUndefined();
    expect(trie.find({ a: "1", b: "2", c: "3" })).toBeUndefined();
    expect(trie.find({})).toBeUndefined();
  });

  it("keeps the handles of a path and of its beginning apart", () => {
    const trie = new SeriesTrie<string>();
    for (const [tags, handle] of [
      [{}, "none"],
      [{ a: "1" }, "a"],
      [{ a: "1", b: "2" }, "ab"],
      [{ b: "2" }, "b"],
    ] as const) {
      trie.set(tags, handle);
    }
    for (let again = 0; again < 2; again++) {
      expect(trie.find({})).toBe("none");
      expect(trie.find({ a: "1" })).toBe("a");
      expect(trie.find({ a: "1", b: "2" })).toBe("ab");
      expect(trie.find({ b: "2" })).toBe("b");
    }
  });

  it("takes another order as another path and tells 1 from '1'", () => {
    const trie = new SeriesTrie<string>();
    trie.set({ a: "1", b: "2" }, "ab");
    expect(trie.find({ b: "2", a: "1" })).toBeUndefined();
    expect(trie.find({ a: 1, b: "2" })).toBeUndefined();
  });

  it("counts the steps that a path adds, and leaves a handle where it is", () => {
    const trie = new SeriesTrie<string>();
    expect(trie.set({ a: "1", b: "2", c: "3" }, "one")).toBe(3);
    expect(trie.set({ a: "1", b: "2", c: "4" }, "two")).toBe(1);
    expect(trie.set({ a: "1", b: "2", c: "3" }, "other")).toBe(0);
    expect(trie.find({ a: "1", b: "2", c: "3" })).toBe("one");
  });

  it("does as a map of whole paths does, whatever is put and looked for in whatever order", () => {
    const tags = fc.array(fc.tuple(fc.constantFrom("a", "b", "c"), fc.constantFrom("", "x", "y", 1, true)), {
      maxLength: 4,
    });
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), tags), { maxLength: 60 }), (steps) => {
        const trie = new SeriesTrie<number>();
        const model = new Map<string, number>();
        for (const [i, [put, pairs]] of steps.entries()) {
          const path = Object.fromEntries(pairs);
          const key = JSON.stringify(Object.entries(path));
          if (put && !model.has(key)) {
            trie.set(path, i);
            model.set(key, i);
          }
          expect(trie.find(path)).toBe(model.get(key));
        }
      }),
    );
  });
});
