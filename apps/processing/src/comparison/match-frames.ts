/** What a result frame may have been made from: the originals `from` to `to` (included), and the likeliest by timing. */
export interface Candidates {
  readonly from: number;
  readonly to: number;
  readonly expected: number;
}

/** What being one frame off the expected one costs, as a share of the least difference there is. */
const OFFSET_COST = 0.02;
/** Differences of thumbnails below this are none: a least difference of 0 is no measure for others. */
const LEAST_DIFFERENCE = 1;

/**
 * Finds which original each result frame was made from: in the same order, and all in all with the least difference. Where
 * several look alike the expected one is taken; it is left only for one that is clearly more alike.
 *
 * Time and memory grow with the number of candidates, whose bounds do not fall from one result frame to the next.
 *
 * @param difference of an original and a result frame, 0 for the same
 */
export function matchFrames(
  candidates: readonly Candidates[],
  difference: (original: number, result: number) => number,
): number[] {
  let costs = new Float64Array(0);
  let first = 0;
  const choices = candidates.map(({ from, to, expected }, result) => {
    const differences = Float64Array.from({ length: to - from + 1 }, (_, at) => difference(from + at, result));
    const least = differences.reduce((least, value) => Math.min(least, value));
    const sums = new Float64Array(differences.length);
    const choice = new Int32Array(differences.length);
    // Of the originals for the frame before, the best that is not later than this one.
    let best = -1;
    let next = first;
    for (let at = 0; at < sums.length; at++) {
      for (; next <= from + at && next - first < costs.length; next++) {
        // The later of equals, so that a still part does not fall behind.
        if (best < 0 || costs[next - first]! <= costs[best - first]!) best = next;
      }
      const excess = differences[at] === least ? 0 : (differences[at]! - least) / (least + LEAST_DIFFERENCE);
      const before = best < 0 ? 0 : costs[best - first]!;
      sums[at] = before + excess + OFFSET_COST * Math.abs(from + at - expected);
      choice[at] = best;
    }
    costs = sums;
    first = from;
    return { from, choice };
  });
  let original = costs.reduce((best, cost, at) => (cost < costs[best - first]! ? first + at : best), first);
  return choices
    .toReversed()
    .map(({ from, choice }) => {
      const own = original;
      original = choice[own - from]!;
      return own;
    })
    .reverse();
}
