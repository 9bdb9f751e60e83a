import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compareFrames, type FrameComparison } from "../../src/quality/compare-frames.ts";
import { compositeQuality, efficiency } from "../../src/quality/composite-quality.ts";
import {
  type Grey,
  naiveChist,
  naiveFsim,
  naiveGmsd,
  naiveMsSsim,
  naiveSharpness,
  naiveSsim,
  naiveTexture,
} from "./naive-metrics.ts";

interface Sample {
  readonly width: number;
  readonly height: number;
  readonly a: readonly number[];
  readonly b: readonly number[];
}

/** Two grey pictures of one size: noise of few or many values, and sometimes the second hardly different from the first. */
const samples: fc.Arbitrary<Sample> = fc
  .record({
    width: fc.integer({ min: 1, max: 20 }),
    height: fc.integer({ min: 1, max: 20 }),
    most: fc.constantFrom(0, 1, 3, 40, 255),
    nearby: fc.boolean(),
  })
  .chain(({ width, height, most, nearby }) => {
    const pixels = fc.array(fc.nat(most), { minLength: width * height, maxLength: width * height });
    return fc.tuple(pixels, pixels).map(([a, other]) => {
      const b = nearby ? a.map((value, at) => Math.min(255, value + (other[at]! % 4))) : other;
      return { width, height, a, b };
    });
  });

const rows = (pixels: readonly number[], width: number): Grey =>
  Array.from({ length: pixels.length / width }, (_, y) => pixels.slice(y * width, (y + 1) * width));

function rgba(pixels: readonly number[]): Uint8ClampedArray {
  return Uint8ClampedArray.from(pixels.flatMap((grey) => [grey, grey, grey, 255]));
}

function compare({ a, b, ...size }: Sample): FrameComparison {
  return compareFrames(rgba(a), rgba(b), size);
}

const NAIVE = {
  ssim: naiveSsim,
  msSsim: naiveMsSsim,
  fsim: naiveFsim,
  gmsd: naiveGmsd,
  textureSimilarity: naiveTexture,
  sharpnessSimilarity: naiveSharpness,
} as const;

describe("each metric", () => {
  it.each(Object.entries(NAIVE))("is what its definition says: %s", (name, naive) => {
    fc.assert(
      fc.property(samples, (sample) => {
        const wanted = naive(rows(sample.a, sample.width), rows(sample.b, sample.width));
        expect(compare(sample)[name as keyof typeof NAIVE]).toBeCloseTo(wanted, 7);
      }),
      { numRuns: 150 },
    );
  });

  it("is what its definition says over five levels: msSsim", () => {
    const side = 128;
    const a = Array.from({ length: side * side }, (_, at) => (at * 7919) % 251);
    const b = a.map((value, at) => (value + ((at * 31) % 60)) % 256);
    const sample = { width: side, height: side, a, b };
    expect(compare(sample).msSsim).toBeCloseTo(naiveMsSsim(rows(a, side), rows(b, side)), 9);
  });

  it("is what its definition says: mse, rmse and psnr", () => {
    fc.assert(
      fc.property(samples, (sample) => {
        const mse = sample.a.reduce((sum, value, at) => sum + (value - sample.b[at]!) ** 2, 0) / sample.a.length;
        const found = compare(sample);
        expect(found.mse).toBeCloseTo(mse, 9);
        expect(found.rmse).toBeCloseTo(Math.sqrt(mse), 9);
        expect(found.psnrDb).toBeCloseTo(mse === 0 ? 100 : 20 * Math.log10(255 / Math.sqrt(mse)), 9);
      }),
    );
  });

  it("is what its definition says, channel by channel: chist", () => {
    const pixel = fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255));
    const picture = fc.array(pixel, { minLength: 30, maxLength: 30 });
    fc.assert(
      fc.property(picture, picture, (a, b) => {
        const channels = (pixels: typeof a): number[][] => [0, 1, 2].map((at) => pixels.map((one) => one[at]!));
        const frame = (pixels: typeof a): Uint8ClampedArray =>
          Uint8ClampedArray.from(pixels.flatMap((one) => [...one, 255]));
        const found = compareFrames(frame(a), frame(b), { width: 6, height: 5 }).chist;
        expect(found).toBeCloseTo(naiveChist(channels(a), channels(b)), 9);
      }),
    );
  });

  it("is the same either way round, in its range, and perfect for a frame and itself", () => {
    fc.assert(
      fc.property(samples, (sample) => {
        const found = compare(sample);
        const reversed = compare({ ...sample, a: sample.b, b: sample.a });
        for (const [name, value] of Object.entries(found)) {
          expect(value, name).toBeGreaterThanOrEqual(0);
          expect(value, name).toBeCloseTo(reversed[name as keyof FrameComparison], 9);
          if (!["mse", "rmse", "psnrDb"].includes(name)) expect(value, name).toBeLessThanOrEqual(1 + 1e-12);
        }
        const { mse, rmse, gmsd, psnrDb, ...similarities } = compare({ ...sample, b: sample.a });
        expect({ mse, rmse, gmsd, psnrDb }).toEqual({ mse: 0, rmse: 0, gmsd: 0, psnrDb: 100 });
        for (const [name, value] of Object.entries(similarities)) expect(value, name).toBeCloseTo(1, 12);
      }),
    );
  });
});

describe("edgeSimilarity", () => {
  const [width, height] = [24, 12];
  /** Black, and brighter from each of the columns on, row by row by another value. */
  const steps = (columns: readonly number[], rise: (row: number) => number): number[] =>
    Array.from({ length: width * height }, (_, at) => {
      const passed = columns.filter((column) => at % width >= column).length;
      return passed * rise(Math.floor(at / width));
    });
  const similarity = (a: readonly number[], b: readonly number[]): number =>
    compare({ width, height, a, b }).edgeSimilarity;
  const strong = (): number => 60;

  it("is the share of common edge pixels: one edge of two is a half, another edge is none", () => {
    const one = steps([8], strong);
    expect(similarity(one, one)).toBe(1);
    expect(similarity(one, steps([8, 16], strong))).toBe(0.5);
    expect(similarity(one, steps([16], strong))).toBe(0);
    expect(similarity(steps([4, 8, 12], strong), steps([8, 12, 16, 20], strong))).toBe(2 / 5);
  });

  it("counts a weak edge where it hangs on a strong one, and no edge at all below 50", () => {
    // A step of v has a Sobel gradient of 4 v. From 60 (strong) down to 27 (108: weak), 3 a row; and strong all along.
    const fading = steps([8], (row) => 60 - 3 * row);
    expect(
      similarity(
        fading,
        steps([8], (row) => 72 - 3 * row),
      ),
    ).toBe(1);
    // 37 is 148, weak all along: no edge. Two pictures without edges agree.
    const weak = steps([8], () => 37);
    expect(similarity(weak, steps([8], strong))).toBe(0);
    expect(
      similarity(
        weak,
        steps([16], () => 12),
      ),
    ).toBe(1);
    // 38 is 152.
    expect(
      similarity(
        steps([8], () => 38),
        steps([8], strong),
      ),
    ).toBe(1);
  });
});

describe("the composite", () => {
  /** Section by section of the definition: weight, and a value that is worth the given part of it. */
  const parts = {
    ssim: [0.18, 0.7, 0.7],
    msSsim: [0.22, 0.6, 0.6],
    psnrDb: [0.15, 30, 0.6],
    mse: [0.1, 10, 0.5],
    fsim: [0.08, 0.9, 0.9],
    edgeSimilarity: [0.07, 0.3, 0.3],
    gmsd: [0.05, 0.1, 0.8],
    chist: [0.04, 0.5, 0.5],
    sharpnessSimilarity: [0.03, 0.2, 0.2],
    temporalConsistency: [0.05, 0.95, 0.95],
  } as const;

  it("weighs what there is, whichever it is", () => {
    const names = Object.keys(parts) as (keyof typeof parts)[];
    fc.assert(
      fc.property(fc.subarray(names, { minLength: 1 }), (present) => {
        const values = Object.fromEntries(present.map((name) => [name, parts[name][1]]));
        const total = present.reduce((sum, name) => sum + parts[name][0], 0);
        const wanted = present.reduce((sum, name) => sum + parts[name][0] * parts[name][2], 0) / total;
        expect(compositeQuality(values)).toBeCloseTo(wanted, 12);
      }),
    );
  });

  it("never grows when a metric gets worse", () => {
    const better = Object.fromEntries(Object.entries(parts).map(([name, [, value]]) => [name, value]));
    for (const [name, [, value]] of Object.entries(parts)) {
      const isError = name === "mse" || name === "gmsd";
      const worse = { ...better, [name]: isError ? 2 * value : value / 2 };
      expect(compositeQuality(worse), name).toBeLessThan(compositeQuality(better)!);
    }
  });
});

it("efficiency is the geometric mean of quality and the logarithm of the ratio to the base 21, which ends at 20", () => {
  const share = (ratio: number): number => Math.log(1 + ratio) / Math.log(21);
  for (const [quality, ratio] of [
    [0.8, 2],
    [0.5, 10],
    [1, 0.5],
  ] as const) {
    expect(efficiency(quality, ratio)).toBeCloseTo(Math.sqrt(quality * share(ratio)), 12);
  }
  expect(efficiency(0.81, 500)).toBeCloseTo(0.9, 12);
});
