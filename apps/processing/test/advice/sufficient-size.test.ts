import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { roundSizes, sufficientSize } from "../../src/advice/sufficient-size.ts";

describe("round sizes", () => {
  test("rise in steps of a fifth to a third, up to the first that is enough", () => {
    expect(roundSizes(9)).toEqual([1, 2, 3, 4, 5, 6, 8, 10]);
    const sizes = roundSizes(1_000_000);
    expect(sizes.at(-1)).toBe(1_000_000);
    for (const [at, size] of sizes.slice(20).entries()) expect(size / sizes[at + 19]!).toBeLessThan(1.4);
    expect(roundSizes(0)).toEqual([1]);
  });

  test("end at the largest limit that the configuration takes", () => {
    expect(roundSizes(Number.POSITIVE_INFINITY).at(-1)).toBe(1_048_576);
  });
});

describe("the sufficient size", () => {
  const sizes = [1, 2, 4, 8, 16, 32];
  const chosen = (...rates: number[]) => sufficientSize(sizes, (size) => rates[sizes.indexOf(size)]!, 0.02);

  test("is where growth stops to pay", () => {
    expect(chosen(0.1, 0.3, 0.5, 0.51, 0.52, 0.53)).toBe(4);
    expect(chosen(0.5, 0.5, 0.5, 0.5, 0.5, 0.5)).toBe(1);
    expect(chosen(0, 0.2, 0.4, 0.6, 0.8, 1)).toBe(32);
  });

  test("looks beyond a stretch without growth, to where a whole pass over the files fits", () => {
    expect(chosen(0.2, 0.2, 0.2, 0.2, 0.7, 0.7)).toBe(16);
    expect(chosen(0.2, 0.2, 0.2, 0.2, 0.25, 0.25)).toBe(1);
  });

  test("of no sizes is undefined", () => {
    expect(sufficientSize([], () => 1, 0.02)).toBeUndefined();
  });

  test("leaves nothing worth having beyond it, and something worth having at each smaller one", () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 6, maxLength: 6 }), (shares) => {
        const rates = [...shares].sort((a, b) => a - b);
        const size = chosen(...rates)!;
        const earns = (from: number): boolean =>
          sizes.some(
            (to) => to > from && rates[sizes.indexOf(to)]! - rates[sizes.indexOf(from)]! >= 0.02 * Math.log2(to / from),
          );
        expect(earns(size)).toBe(false);
        for (const smaller of sizes.filter((other) => other < size)) expect(earns(smaller)).toBe(true);
      }),
    );
  });
});
