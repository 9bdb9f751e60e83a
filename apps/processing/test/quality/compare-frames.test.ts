import { describe, expect, it } from "vitest";
import { seededRandom } from "../../src/gif/seeded-random.ts";
import { compareFrames } from "../../src/quality/compare-frames.ts";
import { FRAME_METRICS } from "../../src/quality/frame-metrics.ts";
import { Picture } from "../../src/quality/picture.ts";

function picture(width: number, height: number, value: (x: number, y: number) => number): Uint8ClampedArray {
  const rgba = new Uint8ClampedArray(4 * width * height);
  for (let at = 0; at < width * height; at++) {
    const grey = value(at % width, Math.floor(at / width));
    rgba.set([grey, grey, grey, 255], 4 * at);
  }
  return rgba;
}

const SIZE = { width: 32, height: 24 };
const random = seededRandom(7);
const noise = picture(32, 24, () => Math.floor(random() * 256));
const flat = picture(32, 24, () => 128);

describe("compareFrames", () => {
  it("finds a frame the same as itself by every metric", () => {
    expect(compareFrames(noise, noise, SIZE)).toEqual({
      mse: 0,
      rmse: 0,
      psnrDb: 100,
      ssim: 1,
      msSsim: 1,
      fsim: 1,
      gmsd: 0,
      chist: 1,
      edgeSimilarity: 1,
      textureSimilarity: 1,
      sharpnessSimilarity: 1,
    });
  });

  it("measures a shift in brightness by its square, and by nothing that looks at structure", () => {
    const found = compareFrames(
      picture(32, 24, (x, y) => 2 * (x + y)),
      picture(32, 24, (x, y) => 2 * (x + y) + 10),
      SIZE,
    );
    expect(found.mse).toBe(100);
    expect(found.rmse).toBe(10);
    expect(found.psnrDb).toBeCloseTo(10 * Math.log10(65025 / 100), 10);
    expect([found.gmsd, found.fsim, found.sharpnessSimilarity, found.edgeSimilarity]).toEqual([0, 1, 1, 1]);
  });

  it("sees sharpness as the smaller Laplacian variance over the larger", () => {
    // One bright pixel of 90, or of 30, on black: the Laplacian answers scale by 3, their variance by 9.
    const dot = (value: number): Uint8ClampedArray => picture(9, 9, (x, y) => (x === 4 && y === 4 ? value : 0));
    expect(compareFrames(dot(90), dot(30), { width: 9, height: 9 }).sharpnessSimilarity).toBeCloseTo(1 / 9, 12);
    expect(compareFrames(flat, noise, SIZE).sharpnessSimilarity).toBe(0);
  });

  it("multiplies gradient and detail similarity for fsim", () => {
    // A step of 10 against a step of 20 at column 2 of 4 on 3 rows: Sobel 0, 40, 40, 0 and 0, 80, 80, 0; Laplacian
    // 0, 10, 10, 0 and 0, 20, 20, 0. Similarities at the step: (2 a b + T) / (a^2 + b^2 + T).
    const step = (value: number): Uint8ClampedArray => picture(4, 3, (x) => (x < 2 ? 0 : value));
    const alike = (a: number, b: number): number => (2 * a * b + 1e-3) / (a * a + b * b + 1e-3);
    const wanted = (2 + 2 * alike(40, 80) * alike(10, 20)) / 4;
    expect(compareFrames(step(10), step(20), { width: 4, height: 3 }).fsim).toBeCloseTo(wanted, 12);
  });

  it("compares texture by its uniform patterns", () => {
    // A bright spot on black, 3 x 3: all neighbours of the spot are darker (pattern 0), those of the other eight pixels
    // are not (pattern 8). All black: nine times pattern 8. Histograms of ten bins (1, .., 8, 0) and (0, .., 9, 0).
    const spot = picture(3, 3, (x, y) => (x === 1 && y === 1 ? 200 : 0));
    const black = picture(3, 3, () => 0);
    const correlation = (8 * 9 - 8.1) / Math.sqrt((1 + 64 - 8.1) * (81 - 8.1));
    const found = compareFrames(spot, black, { width: 3, height: 3 }).textureSimilarity;
    expect(found).toBeCloseTo((correlation + 1) / 2, 12);
  });

  it("sees equal neighbours as equal at every brightness, whatever interpolation rounds to", () => {
    const even = (value: number): Uint8ClampedArray => picture(32, 24, () => value);
    for (let value = 1; value < 256; value += 7) {
      expect(compareFrames(even(value), even(1), SIZE).textureSimilarity, String(value)).toBe(1);
    }
  });

  it("takes transparent pixels as white on both sides", () => {
    const clear = new Uint8ClampedArray(4 * 32 * 24);
    expect(
      compareFrames(
        clear,
        picture(32, 24, () => 255),
        SIZE,
      ).mse,
    ).toBe(0);
    expect(
      compareFrames(
        clear,
        picture(32, 24, () => 254),
        SIZE,
      ).mse,
    ).toBe(1);
  });

  it("has an answer in range for every small size", () => {
    for (const [width, height] of [
      [1, 1],
      [2, 1],
      [1, 5],
      [2, 2],
      [6, 9],
      [8, 8],
    ] as const) {
      const a = picture(width, height, (x, y) => x * 40 + y * 20);
      const found = compareFrames(
        a,
        picture(width, height, () => 77),
        { width, height },
      );
      for (const [name, value] of Object.entries(found))
        expect(value, `${name} of ${width} x ${height}`).toBeGreaterThanOrEqual(0);
      for (const name of ["ssim", "msSsim", "fsim", "chist", "edgeSimilarity"] as const)
        expect(found[name]).toBeLessThanOrEqual(1);
      expect(compareFrames(a, a, { width, height })).toMatchObject({ ssim: 1, msSsim: 1, fsim: 1, gmsd: 0 });
    }
  });

  it("refuses frames of another size", () => {
    expect(() => compareFrames(flat, noise, { width: 10, height: 10 })).toThrow(RangeError);
  });
});

describe("metrics of pictures that are compared more than once", () => {
  it("keep the pairs apart", () => {
    const [a, b, c] = [noise, flat, picture(32, 24, (x, y) => 5 * x + y)].map((rgba) => new Picture(rgba, 32, 24));
    for (const metric of Object.values(FRAME_METRICS)) {
      const fresh = (left: Uint8Array, right: Uint8Array): number => metric(pictureOf(left), pictureOf(right));
      expect(metric(a!, b!)).toBe(fresh(a!.rgb, b!.rgb));
      expect(metric(a!, c!)).toBe(fresh(a!.rgb, c!.rgb));
      expect(metric(a!, b!)).toBe(fresh(a!.rgb, b!.rgb));
      expect(metric(b!, a!)).toBe(fresh(b!.rgb, a!.rgb));
    }
  });
});

function pictureOf(rgb: Uint8Array): Picture {
  return new Picture(
    Uint8Array.from({ length: 4 * 32 * 24 }, (_, at) => (at % 4 === 3 ? 255 : rgb[3 * (at >> 2) + (at % 4)]!)),
    32,
    24,
  );
}
