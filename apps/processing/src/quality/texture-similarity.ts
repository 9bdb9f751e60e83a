import { correlation } from "./histogram-similarity.ts";
import { padGrey } from "./padded-grey.ts";
import type { GreyLevel, Picture } from "./picture.ts";

const NEIGHBOURS = 8;
const BINS = NEIGHBOURS + 2;
/**
 * The diagonal neighbours lie on the circle too: cos 45 degrees to the five decimals scikit-image keeps, in hundred
 * thousandths. Whole numbers keep interpolation between equal pixels equal to them.
 */
const DIAGONAL = 70_711;
/** What the corner and each of the two sides weigh in the sample between them; the center weighs the rest of 10^10. */
const CORNER = DIAGONAL * DIAGONAL;
const SIDE = DIAGONAL * (100_000 - DIAGONAL);
const MOST = 2 * 255;

/**
 * By how much two sides exceed the center together (plus 510): how much the corner must exceed it at least for the sample
 * between them to reach the center.
 */
const LEAST_CORNER: Int16Array = Int16Array.from({ length: 2 * MOST + 1 }, (_, at) =>
  Math.ceil((-SIDE * (at - MOST)) / CORNER),
);

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

/** 1 when `value` is at least 0, without a branch that would be guessed wrong every other time. */
function reaches(value: number): number {
  return (value >> 31) + 1;
}

function textureHistogram(level: GreyLevel): Uint32Array {
  const { width, height } = level;
  const { pixels, stride } = padGrey(level, "black");
  const patterns = new Uint32Array(1 << NEIGHBOURS);
  for (let y = 1; y <= height; y++) {
    for (let at = y * stride + 1, end = at + width; at < end; at++) {
      const center = pixels[at]!;
      const east = pixels[at + 1]! - center;
      const north = pixels[at - stride]! - center;
      const west = pixels[at - 1]! - center;
      const south = pixels[at + stride]! - center;
      const northEast = pixels[at - stride + 1]! - center - LEAST_CORNER[north + east + MOST]!;
      const northWest = pixels[at - stride - 1]! - center - LEAST_CORNER[north + west + MOST]!;
      const southWest = pixels[at + stride - 1]! - center - LEAST_CORNER[south + west + MOST]!;
      const southEast = pixels[at + stride + 1]! - center - LEAST_CORNER[south + east + MOST]!;
      const pattern =
        reaches(east) |
        (reaches(northEast) << 1) |
        (reaches(north) << 2) |
        (reaches(northWest) << 3) |
        (reaches(west) << 4) |
        (reaches(southWest) << 5) |
        (reaches(south) << 6) |
        (reaches(southEast) << 7);
      patterns[pattern]!++;
    }
  }
  const counts = new Uint32Array(BINS);
  for (const [pattern, count] of patterns.entries()) counts[PATTERN_BINS[pattern]!]! += count;
  return counts;
}

/**
 * Texture similarity, 0 to 1: correlation (mapped from -1..1) of the histograms of uniform local binary patterns
 * (8 neighbours on a circle of radius 1, interpolated, black beyond the border).
 */
export function textureSimilarity(a: Picture, b: Picture): number {
  return (correlation(textureHistogram(a.levels[0]!), textureHistogram(b.levels[0]!)) + 1) / 2;
}
