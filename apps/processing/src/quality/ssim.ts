import type { GreyLevel, Picture } from "./picture.ts";

const WINDOW = 7;
const C1 = (0.01 * 255) ** 2;
const C2 = (0.03 * 255) ** 2;
/** Weights of the five levels; renormalised when a small picture has fewer. */
const LEVEL_WEIGHTS = [0.4, 0.25, 0.15, 0.1, 0.1] as const;

/** Sums over a sliding window of the columns' sums: a, b, a^2, b^2, a b; all are integers, so nothing is lost. */
class ColumnSums {
  readonly a: Float64Array;
  readonly b: Float64Array;
  readonly squares: Float64Array;
  readonly products: Float64Array;

  constructor(width: number) {
    this.a = new Float64Array(width);
    this.b = new Float64Array(width);
    this.squares = new Float64Array(width);
    this.products = new Float64Array(width);
  }

  /** Adds (`sign` 1) or removes (-1) the row that starts at `from`. */
  row(a: Uint8Array, b: Uint8Array, from: number, sign: 1 | -1): void {
    for (let x = 0; x < this.a.length; x++) {
      const left = a[from + x]!;
      const right = b[from + x]!;
      this.a[x]! += sign * left;
      this.b[x]! += sign * right;
      this.squares[x]! += sign * (left * left + right * right);
      this.products[x]! += sign * left * right;
    }
  }
}

/**
 * Structural similarity of two grey images of the same size, as scikit-image computes it by default: 7 x 7 uniform
 * window, sample covariance, K1 0.01, K2 0.03, range 255, mean over the positions where the window is whole.
 * In images under 7 pixels wide or high the window is cut to their size. About 10 ns a pixel.
 */
export function structuralSimilarity(a: GreyLevel, b: GreyLevel): number {
  const { width, height } = a;
  const spanX = Math.min(WINDOW, width);
  const spanY = Math.min(WINDOW, height);
  const count = spanX * spanY;
  const sample = count > 1 ? count / (count - 1) : 1;
  const columns = new ColumnSums(width);
  for (let y = 0; y < spanY - 1; y++) columns.row(a.pixels, b.pixels, y * width, 1);
  let total = 0;
  for (let y = spanY - 1; y < height; y++) {
    columns.row(a.pixels, b.pixels, y * width, 1);
    let sumA = 0;
    let sumB = 0;
    let squares = 0;
    let products = 0;
    for (let x = 0; x < width; x++) {
      sumA += columns.a[x]!;
      sumB += columns.b[x]!;
      squares += columns.squares[x]!;
      products += columns.products[x]!;
      if (x < spanX - 1) continue;
      const meanA = sumA / count;
      const meanB = sumB / count;
      const meanSquares = meanA * meanA + meanB * meanB;
      const meanProduct = meanA * meanB;
      const variances = sample * (squares / count - meanSquares);
      const covariance = sample * (products / count - meanProduct);
      total += ((2 * meanProduct + C1) * (2 * covariance + C2)) / ((meanSquares + C1) * (variances + C2));
      const out = x - spanX + 1;
      sumA -= columns.a[out]!;
      sumB -= columns.b[out]!;
      squares -= columns.squares[out]!;
      products -= columns.products[out]!;
    }
    columns.row(a.pixels, b.pixels, (y - spanY + 1) * width, -1);
  }
  return total / ((width - spanX + 1) * (height - spanY + 1));
}

function clip(value: number): number {
  return Math.min(1, Math.max(0, value));
}

/** SSIM of two pictures' grey, 0 to 1, higher is more alike (negative values count as 0). */
export function ssim(a: Picture, b: Picture): number {
  return clip(structuralSimilarity(a.levels[0]!, b.levels[0]!));
}

/**
 * Multi-scale SSIM, 0 to 1: the weighted average (not the published product) of SSIM on up to five levels, each half the
 * size of the one before, weights 0.4, 0.25, 0.15, 0.1, 0.1 renormalised to the levels there are.
 */
export function msSsim(a: Picture, b: Picture): number {
  let sum = 0;
  let weights = 0;
  for (const [at, level] of a.levels.entries()) {
    const weight = LEVEL_WEIGHTS[at]!;
    sum += weight * clip(structuralSimilarity(level, b.levels[at]!));
    weights += weight;
  }
  return sum / weights;
}
