import { correlation } from "./histogram-similarity.ts";
import type { GreyLevel, Picture } from "./picture.ts";

const NEIGHBOURS = 8;
const BINS = NEIGHBOURS + 2;
/** The diagonal neighbours lie on the circle too: cos 45 degrees, to the five decimals scikit-image keeps. */
// biome-ignore lint/suspicious/noApproximativeNumericConstant: the exact value would give other patterns than the model
const DIAGONAL = 0.70711;
const CORNER = DIAGONAL * DIAGONAL;
const SIDE = DIAGONAL * (1 - DIAGONAL);
const CENTER = (1 - DIAGONAL) * (1 - DIAGONAL);
/** Interpolating between equal pixels can fall short of them by rounding; real differences are larger than this. */
const ROUNDING = 1e-11;

/** Bin of each pattern of eight bits in circle order: its ones, if it changes at most twice on the way round, else 9. */
const PATTERN_BINS: Uint8Array = Uint8Array.from({ length: 1 << NEIGHBOURS }, (_, pattern) => {
  let ones = 0;
  let changes = 0;
  for (let at = 0; at < NEIGHBOURS; at++) {
    const bit = (pattern >> at) & 1;
    ones += bit;
    if (bit !== ((pattern >> ((at + 1) % NEIGHBOURS)) & 1)) changes++;
  }
  return changes <= 2 ? ones : NEIGHBOURS + 1;
});

/** The image with a black border of one pixel. */
function bordered({ pixels, width, height }: GreyLevel): Uint8Array {
  const stride = width + 2;
  const result = new Uint8Array(stride * (height + 2));
  for (let y = 0; y < height; y++) result.set(pixels.subarray(y * width, (y + 1) * width), (y + 1) * stride + 1);
  return result;
}

function textureHistogram(level: GreyLevel): Uint32Array {
  const { width, height } = level;
  const pixels = bordered(level);
  const stride = width + 2;
  const counts = new Uint32Array(BINS);
  for (let y = 1; y <= height; y++) {
    for (let x = 0, at = y * stride + 1; x < width; x++, at++) {
      const center = pixels[at]!;
      const east = pixels[at + 1]!;
      const west = pixels[at - 1]!;
      const north = pixels[at - stride]!;
      const south = pixels[at + stride]!;
      // A corner's sample reaches the center where corner, sides and center do in these shares.
      const least = center - CENTER * center - ROUNDING;
      let pattern = 0;
      if (east >= center) pattern |= 1;
      if (CORNER * pixels[at - stride + 1]! + SIDE * (north + east) >= least) pattern |= 2;
      if (north >= center) pattern |= 4;
      if (CORNER * pixels[at - stride - 1]! + SIDE * (north + west) >= least) pattern |= 8;
      if (west >= center) pattern |= 16;
      if (CORNER * pixels[at + stride - 1]! + SIDE * (south + west) >= least) pattern |= 32;
      if (south >= center) pattern |= 64;
      if (CORNER * pixels[at + stride + 1]! + SIDE * (south + east) >= least) pattern |= 128;
      counts[PATTERN_BINS[pattern]!]!++;
    }
  }
  return counts;
}

/**
 * Texture similarity, 0 to 1: correlation (mapped from -1..1) of the histograms of uniform local binary patterns
 * (8 neighbours on a circle of radius 1, interpolated, black beyond the border).
 */
export function textureSimilarity(a: Picture, b: Picture): number {
  return (correlation(textureHistogram(a.levels[0]!), textureHistogram(b.levels[0]!)) + 1) / 2;
}
