import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SequenceRanges } from "../src/sequence-ranges.ts";

describe("sequence ranges", () => {
  it("take each number of each writer once, in whatever order and pieces they come", () => {
    const piece = fc.record({ writer: fc.integer({ min: 1, max: 3 }), first: fc.nat(60), length: fc.nat(6) });
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 80 }), (pieces) => {
        const ranges = new SequenceRanges();
        const taken = new Set<string>();
        for (const { writer, first, length } of pieces) {
          const numbers = Array.from({ length: length + 1 }, (_, i) => `${writer}/${first + i}`);
          const before = numbers.filter((number) => taken.has(number)).length;
          const taking = before === 0 ? "new" : before === numbers.length ? "known" : "split";
          expect(ranges.take(writer, first, first + length)).toBe(taking);
          if (taking === "new") for (const number of numbers) taken.add(number);
        }
      }),
    );
  });
});
