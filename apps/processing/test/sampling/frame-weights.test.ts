import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { endsAndInside, type FrameKind, standFor } from "../../src/sampling/frame-weights.ts";

describe("the frames that a chosen one stands for", () => {
  test("are the nearest; ends stand for themselves only", () => {
    expect(standFor([9, 0, 3, 7], endsAndInside(10))).toEqual({ indices: [0, 3, 7, 9], weights: [1, 4.5, 3.5, 1] });
  });

  test("are those of its own scene", () => {
    const kinds = Array.from({ length: 10 }, (_, at): FrameKind => ({ scene: at < 3 ? 0 : 1, role: "inside" }));
    expect(standFor([2, 9], kinds).weights).toEqual([3, 7]);
  });

  test("are those of its own role, wherever in the scene", () => {
    const kinds = Array.from(
      { length: 8 },
      (_, at): FrameKind => ({ scene: 0, role: at % 2 === 0 ? "whole" : "small" }),
    );
    expect(standFor([0, 7], kinds).weights).toEqual([4, 4]);
  });

  test("include those of a scene of which none was chosen", () => {
    const kinds = Array.from({ length: 9 }, (_, at): FrameKind => ({ scene: Math.floor(at / 3), role: "inside" }));
    expect(standFor([0, 8], kinds).weights).toEqual([4.5, 4.5]);
  });

  test("are all frames, each counted once", () => {
    const kind = fc.record({ scene: fc.integer({ min: 0, max: 3 }), role: fc.constantFrom("end", "inside", "much") });
    const choice = fc
      .array(kind, { minLength: 1, maxLength: 60 })
      .chain((kinds) =>
        fc.tuple(fc.constant(kinds), fc.array(fc.nat({ max: kinds.length - 1 }), { minLength: 1, maxLength: 30 })),
      );
    fc.assert(
      fc.property(choice, ([kinds, chosen]) => {
        const { indices, weights } = standFor(chosen, kinds);
        expect(weights).toHaveLength(indices.length);
        expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(kinds.length, 9);
        for (const weight of weights) expect(weight).toBeGreaterThanOrEqual(1);
      }),
    );
  });
});
