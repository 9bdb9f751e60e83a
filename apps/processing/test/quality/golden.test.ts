import { readFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { compareFrames } from "../../src/quality/compare-frames.ts";
import { Picture } from "../../src/quality/picture.ts";
import { goldenFolder, hasGolden } from "../gif/corpus.ts";

interface GoldenPair {
  readonly a: string;
  readonly b: string;
  readonly mse: number;
  readonly psnr_db: number;
  readonly ssim: number;
  readonly ms_ssim: number;
  readonly ms_ssim_levels: number;
  readonly gmsd: number;
  readonly chist: number;
  readonly edge_similarity: number;
}

const pairs: readonly GoldenPair[] = hasGolden
  ? (JSON.parse(readFileSync(join(goldenFolder, "metrics/expected.json"), "utf8")) as { pairs: GoldenPair[] }).pairs
  : [];

async function load(name: string): Promise<{ rgba: Uint8ClampedArray; width: number; height: number }> {
  const { data, info } = await sharp(join(goldenFolder, "metrics", name))
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { rgba: new Uint8ClampedArray(data), width: info.width, height: info.height };
}

describe.runIf(hasGolden)("compareFrames", () => {
  it.each(pairs)("agrees with scikit-image and OpenCV on $a and $b", async (expected) => {
    const a = await load(expected.a);
    const b = await load(expected.b);
    const found = compareFrames(a.rgba, b.rgba, a);
    const within = (value: number, wanted: number, tolerance: number, name: string): void =>
      expect(Math.abs(value - wanted), `${name}: ${value}, expected ${wanted}`).toBeLessThanOrEqual(tolerance);
    within(found.mse, expected.mse, 1e-4, "mse");
    within(found.psnrDb, expected.psnr_db, 1e-4, "psnr");
    within(found.ssim, expected.ssim, 1e-4, "ssim");
    within(found.msSsim, expected.ms_ssim, 1e-4, "ms_ssim");
    within(found.chist, expected.chist, 1e-4, "chist");
    within(found.gmsd, expected.gmsd, 1e-3, "gmsd");
    within(found.edgeSimilarity, expected.edge_similarity, 1e-3, "edge_similarity");
    expect(new Picture(a.rgba, a.width, a.height).levels).toHaveLength(expected.ms_ssim_levels);
  });
});
