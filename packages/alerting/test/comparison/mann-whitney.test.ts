import { describe, expect, it } from "vitest";
import { mannWhitney } from "../../src/comparison/mann-whitney.ts";

describe("the Mann-Whitney test", () => {
  it("agrees with its definition worked out by hand", () => {
    const [a, b] = [
      [1, 2, 4, 5],
      [3, 6, 7, 8],
    ];
    // Pairs with a above b: (4,3) (5,3): U = 2 of 16, mean 8, variance 4*4*9/12 = 12.
    const z = (8 - 2 - 0.5) / Math.sqrt(12);
    expect(mannWhitney(a!, b!)).toBeCloseTo(2 * (1 - standardNormal(z)), 6);
  });

  it("corrects for ties", () => {
    const [a, b] = [
      [1, 1, 2, 2],
      [2, 2, 3, 3],
    ];
    // Ranks 1.5 1.5 | 4.5 x4 | 7.5 7.5: a's sum 12, U = 2, ties (2^3-2) + (4^3-4) + (2^3-2) = 72.
    const variance = (16 / 12) * (9 - 72 / 56);
    expect(mannWhitney(a!, b!)).toBeCloseTo(2 * (1 - standardNormal((8 - 2 - 0.5) / Math.sqrt(variance))), 6);
  });

  it("says nothing of too few values, or of values that are all equal", () => {
    expect(mannWhitney([1, 2, 3], [1, 2, 3, 4])).toBe(undefined);
    expect(mannWhitney([1, 1, 1, 1], [1, 1, 1, 1])).toBe(undefined);
  });

  it("is less sure of values that hang together", () => {
    const [a, b] = [Array.from({ length: 20 }, (_, at) => at), Array.from({ length: 20 }, (_, at) => at + 8)];
    expect(mannWhitney(a, b, 3)!).toBeGreaterThan(10 * mannWhitney(a, b)!);
  });
});

/** By summing its density, finely enough for six digits. */
function standardNormal(z: number): number {
  const steps = 200_000;
  let sum = 0;
  for (let step = 0; step < steps; step++) sum += Math.exp((((step + 0.5) * z) / steps) ** 2 / -2);
  return 0.5 + (sum * z) / steps / Math.sqrt(2 * Math.PI);
}
