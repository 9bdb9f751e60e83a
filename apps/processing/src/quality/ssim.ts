import type { GreyLevel, Picture } from "./picture.ts";

const WINDOW = 7;
const C1 = (0.01 * 255) ** 2;
const C2 = (0.03 * 255) ** 2;
/** Weights of the five levels; renormalised when a small picture has fewer. */
const LEVEL_WEIGHTS = [0.4, 0.25, 0.15, 0.1, 0.1] as const;

/**
 * Structural similarity of two grey images of the same size, as scikit-image computes it by default: 7 x 7 uniform
 * window, sample covariance, K1 0.01, K2 0.03, range 255, mean over the positions where the window is whole.
 * In images under 7 pixels wide or high the window is cut to their size. About 8 ns a pixel.
 */
export function structuralSimilarity(a: GreyLevel, b: GreyLevel): number {
  const { width, height } = a;
  const left = a.pixels;
  const right = b.pixels;
  const spanX = Math.min(WINDOW, width);
  const spanY = Math.min(WINDOW, height);
  const count = spanX * spanY;
  // Everything is multiplied by count^2, so that all sums are whole numbers below 2^31 and nothing is lost.
  const c1 = C1 * count * count;
  const c2 = C2 * count * (count > 1 ? count - 1 : 1);
  const columnsA = new Int32Array(width);
  const columnsB = new Int32Array(width);
  const columnSquares = new Int32Array(width);
  const columnProducts = new Int32Array(width);
  let total = 0;
  for (let y = 0; y < height; y++) {
    const row = y * width;
    const leaving = row - spanY * width;
    let sumA = 0;
    let sumB = 0;
    let squares = 0;
    let products = 0;
    for (let x = 0; x < width; x++) {
      const inA = left[row + x]!;
      const inB = right[row + x]!;
      let columnA = columnsA[x]! + inA;
      let columnB = columnsB[x]! + inB;
      let columnSquare = columnSquares[x]! + inA * inA + inB * inB;
      let columnProduct = columnProducts[x]! + inA * inB;
      if (leaving >= 0) {
        const outA = left[leaving + x]!;
        const outB = right[leaving + x]!;
        columnA -= outA;
        columnB -= outB;
        columnSquare -= outA * outA + outB * outB;
        columnProduct -= outA * outB;
      }
      columnsA[x] = columnA;
      columnsB[x] = columnB;
      columnSquares[x] = columnSquare;
      columnProducts[x] = columnProduct;
      sumA += columnA;
      sumB += columnB;
      squares += columnSquare;
      products += columnProduct;
      if (x >= spanX) {
        const out = x - spanX;
        sumA -= columnsA[out]!;
        sumB -= columnsB[out]!;
        squares -= columnSquares[out]!;
        products -= columnProducts[out]!;
      }
      if (y < spanY - 1 || x < spanX - 1) continue;
      const meanProducts = 2 * sumA * sumB;
      const meanSquares = sumA * sumA + sumB * sumB;
      const covariances = 2 * count * products - meanProducts;
      const variances = count * squares - meanSquares;
      total += ((meanProducts + c1) * (covariances + c2)) / ((meanSquares + c1) * (variances + c2));
    }
  }
  return total / ((width - spanX + 1) * (height - spanY + 1));
}

/** What the last comparison of a picture was: SSIM and the first level of MS-SSIM are the same. */
const known = new WeakMap<Picture, { readonly other: Picture; readonly value: number }>();

function pictureSimilarity(a: Picture, b: Picture): number {
  const last = known.get(a);
  if (last?.other === b) return last.value;
  const value = structuralSimilarity(a.levels[0]!, b.levels[0]!);
  known.set(a, { other: b, value });
  return value;
}

function clip(value: number): number {
  return Math.min(1, Math.max(0, value));
}

/** SSIM of two pictures' grey, 0 to 1, higher is more alike (negative values count as 0). */
export function ssim(a: Picture, b: Picture): number {
  return clip(pictureSimilarity(a, b));
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
    sum += weight * clip(at === 0 ? pictureSimilarity(a, b) : structuralSimilarity(level, b.levels[at]!));
    weights += weight;
  }
  return sum / weights;
}
