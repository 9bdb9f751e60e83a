import { describe, expect, test } from "vitest";
import { colorHistogram, consecutiveDifferences, histogramDistance } from "../../src/sampling/frame-difference.ts";
import { levelFrames } from "./level-frames.ts";

describe("a frame difference", () => {
  test("is 0 for the same colours, wherever they are, and 1 for none in common", () => {
    const histogram = (values: number[]) => colorHistogram(Uint8ClampedArray.from(values));
    const a = histogram([1, 1, 1, 255, 9, 9, 9, 255]);
    expect(histogramDistance(a, histogram([9, 9, 9, 0, 1, 1, 1, 0]))).toBe(0);
    expect(histogramDistance(a, histogram([2, 2, 2, 255, 3, 3, 3, 255]))).toBe(1);
    expect(histogramDistance(a, histogram([1, 2, 2, 255, 3, 3, 3, 255]))).toBeCloseTo(1 - 0.5 / 3);
  });

  test("is of each frame to the one before", () => {
    const [first, second, ...others] = consecutiveDifferences(levelFrames([0, 2, 2]).frames);
    expect(first).toBeCloseTo(0.5 / 3);
    expect(second).toBe(0);
    expect(others).toEqual([]);
  });

  test("of large frames is told from evenly spaced pixels, in every column and row", () => {
    const [width, height] = [1024, 512];
    const picture = (columns: number): Uint8ClampedArray =>
      Uint8ClampedArray.from({ length: 4 * width * height }, (_, at) => ((at >> 2) % width < columns ? 255 : 0));
    expect(colorHistogram(picture(0))[0]).toBeLessThan(80_000);
    for (const columns of [1, 64, 512]) {
      const distance = histogramDistance(colorHistogram(picture(0)), colorHistogram(picture(columns)));
      expect(distance).toBeCloseTo(columns / width, 3);
    }
  });
});
