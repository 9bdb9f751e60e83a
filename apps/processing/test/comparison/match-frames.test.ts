import { expect, it } from "vitest";
import { type Candidates, matchFrames } from "../../src/comparison/match-frames.ts";

/** Originals and results as numbers whose distance is their difference. */
function match(originals: readonly number[], results: readonly number[], candidates: readonly Candidates[]): number[] {
  return matchFrames(candidates, (one, other) => (originals[one]! - results[other]!) ** 2);
}

const anywhere = (count: number, expected: readonly number[]): Candidates[] =>
  expected.map((one) => ({ from: 0, to: count - 1, expected: one }));

it("takes the most alike, in order", () => {
  expect(match([10, 20, 30, 40], [20, 40], anywhere(4, [0, 2]))).toEqual([1, 3]);
  // 40 is the best for the first as well, but then nothing would be left for the second.
  expect(match([10, 39, 40, 20], [40, 20], anywhere(4, [0, 3]))).toEqual([2, 3]);
  expect(match([10, 20, 30], [30, 20, 30], anywhere(3, [0, 1, 2]))).toEqual([1, 1, 2]);
});

it("takes the expected among those that look alike", () => {
  expect(match([5, 5, 5, 5, 5], [5, 5], anywhere(5, [1, 3]))).toEqual([1, 3]);
  expect(match([5, 5, 5, 5, 5], [9, 9], anywhere(5, [0, 4]))).toEqual([0, 4]);
});

it("gives one original to several results where there are more results", () => {
  expect(match([10, 20], [10, 10, 20, 20], anywhere(2, [0, 0, 1, 1]))).toEqual([0, 0, 1, 1]);
});

it("keeps to the candidates", () => {
  const candidates = [
    { from: 1, to: 2, expected: 1 },
    { from: 2, to: 3, expected: 3 },
  ];
  expect(match([50, 10, 20, 30], [50, 50], candidates)).toEqual([2, 3]);
});

it("asks for each candidate once: work grows with their number", () => {
  let asked = 0;
  const candidates = Array.from({ length: 1000 }, (_, at) => ({
    from: Math.max(0, 2 * at - 16),
    to: Math.min(1999, 2 * at + 16),
    expected: 2 * at,
  }));
  const found = matchFrames(candidates, (one, other) => {
    asked++;
    return Math.abs(one - 2 * other - 1);
  });
  expect(found).toEqual(candidates.map(({ expected }) => expected + 1));
  expect(asked).toBeLessThanOrEqual(1000 * 33);
});
