import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SequenceCover } from "../../src/operations/sequence-cover.ts";

const range = fc
  .tuple(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 0, max: 12 }))
  .map(([first, more]) => [first, first + more] as const);

describe("SequenceCover", () => {
  it("counts of any range what is in one of those that were added, in whatever order and however they overlap", () => {
    fc.assert(
      fc.property(fc.array(range, { maxLength: 30 }), range, (added, [first, last]) => {
        const cover = new SequenceCover();
        const numbers = new Set<number>();
        for (const [from, to] of added) {
          cover.add(from, to);
          for (let number = from; number <= to; number++) numbers.add(number);
        }
        const expected = [...numbers].filter((number) => number >= first && number <= last).length;
        expect(cover.count(first, last)).toBe(expected);
      }),
    );
  });
});
