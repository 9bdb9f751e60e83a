import { expect, it } from "vitest";
import { compositeQuality, efficiency } from "../../src/quality/composite-quality.ts";

it("weighs the metrics that are there and is 1 for identical frames", () => {
  expect(compositeQuality({ ssim: 0.9, psnrDb: 40 })).toBeCloseTo(0.282 / 0.33, 12);
  expect(
    compositeQuality({
      mse: 0,
      psnrDb: 100,
      ssim: 1,
      msSsim: 1,
      fsim: 1,
      gmsd: 0,
      chist: 1,
      edgeSimilarity: 1,
      sharpnessSimilarity: 1,
      temporalConsistency: 1,
    }),
  ).toBeCloseTo(1, 12);
  expect(compositeQuality({})).toBeUndefined();
});

it("turns errors around: a larger mse or gmsd is a lower quality", () => {
  expect(compositeQuality({ mse: 100 })).toBeCloseTo(1 / 3, 12);
  expect(compositeQuality({ gmsd: 0.25 })).toBe(0.5);
  expect(compositeQuality({ gmsd: 3 })).toBe(0);
});

it("counts a ratio of 20 as full compression", () => {
  expect(efficiency(1, 20)).toBe(1);
  expect(efficiency(1, 100)).toBe(1);
  expect(efficiency(0.25, 20)).toBe(0.5);
  expect(efficiency(1, 1)).toBeCloseTo(Math.sqrt(Math.log(2) / Math.log(21)), 12);
});
