// The metrics written down from their definitions, one pixel after the other and without regard to time.

/** A grey picture, row by row. */
export type Grey = readonly (readonly number[])[];

type Kernel = readonly (readonly number[])[];
const SOBEL: Kernel = [
  [-1, 0, 1],
  [-2, 0, 2],
  [-1, 0, 1],
];
const PREWITT: Kernel = [
  [-1, 0, 1],
  [-1, 0, 1],
  [-1, 0, 1],
];
const LAPLACIAN: Kernel = [
  [0, 1, 0],
  [1, -4, 1],
  [0, 1, 0],
];
const turned = (kernel: Kernel): Kernel => kernel.map((row, y) => row.map((_, x) => kernel[x]![y]!));

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
function varianceOf(values: readonly number[]): number {
  const center = mean(values);
  return mean(values.map((value) => (value - center) ** 2));
}
const clip = (value: number): number => Math.min(1, Math.max(0, value));

/** Index of a position outside a line of `size` in its mirror image, the edge not repeated. */
function mirrored(at: number, size: number): number {
  if (size === 1) return 0;
  if (at < 0) return -at;
  return at >= size ? 2 * (size - 1) - at : at;
}

function filter(grey: Grey, kernel: Kernel): number[] {
  const height = grey.length;
  const width = grey[0]!.length;
  return grey.flatMap((row, y) =>
    row.map((_, x) => {
      let sum = 0;
      for (const [v, line] of kernel.entries()) {
        for (const [u, weight] of line.entries()) {
          sum += weight * grey[mirrored(y + v - 1, height)]![mirrored(x + u - 1, width)]!;
        }
      }
      return sum;
    }),
  );
}

function magnitudes(grey: Grey, kernel: Kernel, scale: number): number[] {
  const down = filter(grey, turned(kernel));
  return filter(grey, kernel).map((across, at) => Math.hypot(across, down[at]!) / scale);
}

const alike = (a: number, b: number): number => (2 * a * b + 1e-3) / (a ** 2 + b ** 2 + 1e-3);

export function naiveFsim(a: Grey, b: Grey): number {
  const [gradientsA, gradientsB] = [magnitudes(a, SOBEL, 1), magnitudes(b, SOBEL, 1)];
  const [detailA, detailB] = [filter(a, LAPLACIAN).map(Math.abs), filter(b, LAPLACIAN).map(Math.abs)];
  return clip(
    mean(gradientsA.map((gradient, at) => alike(gradient, gradientsB[at]!) * alike(detailA[at]!, detailB[at]!))),
  );
}

export function naiveGmsd(a: Grey, b: Grey): number {
  const other = magnitudes(b, PREWITT, 3);
  return Math.sqrt(varianceOf(magnitudes(a, PREWITT, 3).map((gradient, at) => alike(gradient, other[at]!))));
}

export function naiveSharpness(a: Grey, b: Grey): number {
  const [left, right] = [varianceOf(filter(a, LAPLACIAN)), varianceOf(filter(b, LAPLACIAN))];
  return left === 0 && right === 0 ? 1 : Math.min(left, right) / Math.max(left, right);
}

/** SSIM of every whole 7 x 7 window, with sample covariance; windows are cut to smaller pictures. */
export function naiveSsim(a: Grey, b: Grey): number {
  const [spanY, spanX] = [Math.min(7, a.length), Math.min(7, a[0]!.length)];
  const values: number[] = [];
  for (let y = 0; y + spanY <= a.length; y++) {
    for (let x = 0; x + spanX <= a[0]!.length; x++) {
      const cut = (grey: Grey): number[] => grey.slice(y, y + spanY).flatMap((row) => row.slice(x, x + spanX));
      const [left, right] = [cut(a), cut(b)];
      const correction = left.length > 1 ? left.length / (left.length - 1) : 1;
      const [meanA, meanB] = [mean(left), mean(right)];
      const covariance = correction * mean(left.map((value, at) => (value - meanA) * (right[at]! - meanB)));
      const variances = correction * (varianceOf(left) + varianceOf(right));
      const [c1, c2] = [2.55 ** 2, 7.65 ** 2];
      const light = (2 * meanA * meanB + c1) / (meanA ** 2 + meanB ** 2 + c1);
      values.push((light * (2 * covariance + c2)) / (variances + c2));
    }
  }
  return clip(mean(values));
}

/** Area-halved, rounded half up, an odd last row or column left out. */
function halved(grey: Grey): Grey {
  return Array.from({ length: grey.length >> 1 }, (_, y) =>
    Array.from({ length: grey[0]!.length >> 1 }, (_, x) =>
      Math.floor(
        (grey[2 * y]![2 * x]! + grey[2 * y]![2 * x + 1]! + grey[2 * y + 1]![2 * x]! + grey[2 * y + 1]![2 * x + 1]!) /
          4 +
          0.5,
      ),
    ),
  );
}

export function naiveMsSsim(a: Grey, b: Grey): number {
  let [left, right] = [a, b];
  let sum = 0;
  let weights = 0;
  for (const weight of [0.4, 0.25, 0.15, 0.1, 0.1]) {
    sum += weight * naiveSsim(left, right);
    weights += weight;
    [left, right] = [halved(left), halved(right)];
    if (left.length < 8 || left[0]!.length < 8) break;
  }
  return sum / weights;
}

function pearson(a: readonly number[], b: readonly number[]): number {
  const covariance = mean(a.map((value, at) => (value - mean(a)) * (b[at]! - mean(b))));
  const scale = Math.sqrt(varianceOf(a) * varianceOf(b));
  return scale === 0 ? 1 : covariance / scale;
}

/** @param a per channel, the values of all pixels */
export function naiveChist(a: readonly (readonly number[])[], b: readonly (readonly number[])[]): number {
  const histogram = (values: readonly number[]): number[] =>
    Array.from({ length: 32 }, (_, bin) => values.filter((value) => Math.floor(value / 8) === bin).length);
  return mean(a.map((values, channel) => (pearson(histogram(values), histogram(b[channel]!)) + 1) / 2));
}

/** Eight samples on a circle of radius 1, black outside, between pixels interpolated; exact, in whole 10^-10. */
function circle(grey: Grey, x: number, y: number): number[] {
  const pixel = (u: number, v: number): number => grey[v]?.[u] ?? 0;
  const [near, far] = [70_711, 100_000 - 70_711];
  const corner = (across: number, down: number): number =>
    near * near * pixel(x + across, y + down) +
    near * far * (pixel(x + across, y) + pixel(x, y + down)) +
    far * far * pixel(x, y);
  const side = (across: number, down: number): number => 1e10 * pixel(x + across, y + down);
  return [side(1, 0), corner(1, -1), side(0, -1), corner(-1, -1), side(-1, 0), corner(-1, 1), side(0, 1), corner(1, 1)];
}

export function naiveTexture(a: Grey, b: Grey): number {
  const histogram = (grey: Grey): number[] => {
    const counts = Array.from({ length: 10 }, () => 0);
    for (const [y, row] of grey.entries()) {
      for (const [x, center] of row.entries()) {
        const bits = circle(grey, x, y).map((sample) => (sample >= 1e10 * center ? 1 : 0));
        const changes = bits.filter((bit, at) => bit !== bits[(at + 1) % 8]).length;
        counts[changes <= 2 ? bits.reduce((sum: number, bit) => sum + bit, 0) : 9]!++;
      }
    }
    return counts;
  };
  return (pearson(histogram(a), histogram(b)) + 1) / 2;
}
