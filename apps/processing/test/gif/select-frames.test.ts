import fc from "fast-check";
import { expect, it } from "vitest";
import { selectFrames } from "../../src/gif/select-frames.ts";

it("truncates an even spread like numpy", () => {
  expect(selectFrames(6, 3)).toEqual([0, 2, 5]);
  expect(selectFrames(10, 4)).toEqual([0, 3, 6, 9]);
  expect(selectFrames(380, 7)).toEqual([0, 63, 126, 189, 252, 315, 379]);
  expect(selectFrames(5, 1)).toEqual([0]);
  expect(selectFrames(3, 9)).toEqual([0, 1, 2]);
});

it("keeps first and last, ascending, without duplicates", () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 5000 }), fc.integer({ min: 2, max: 5000 }), (total, wanted) => {
      const kept = selectFrames(total, wanted);
      expect(kept).toHaveLength(Math.min(total, wanted));
      expect([kept[0], kept.at(-1)]).toEqual([0, total - 1]);
      for (let at = 1; at < kept.length; at++) expect(kept[at]).toBeGreaterThan(kept[at - 1]!);
    }),
  );
});
