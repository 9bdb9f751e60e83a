/** A result that can be on a front. */
export interface ParetoPoint {
  /** Higher is better. */
  readonly quality: number;
  /** Higher is better. */
  readonly compressionRatio: number;
  /** Decides between equal results, so that the front does not depend on the order in which they came. */
  readonly key: string;
}

/**
 * The results that no other beats: for each of them, whatever looks better is larger, and whatever is smaller looks worse.
 * Holds the front only: of 10,000 results that is some tens.
 */
export class ParetoFront<Point extends ParetoPoint> {
  /** Quality falls and compression rises from one to the next. */
  #points: Point[] = [];

  /** Takes a result; those it beats are forgotten. */
  add(point: Point): void {
    const at = this.#firstNotAbove(point.quality);
    const better = this.#points[at - 1];
    // All before it look better: the last of those is the smallest.
    if (better !== undefined && better.compressionRatio >= point.compressionRatio) return;
    const equal = this.#points[at];
    if (equal?.quality === point.quality) {
      if (equal.compressionRatio > point.compressionRatio) return;
      if (equal.compressionRatio === point.compressionRatio && equal.key <= point.key) return;
    }
    let end = at;
    while (end < this.#points.length && this.#points[end]!.compressionRatio <= point.compressionRatio) end++;
    this.#points.splice(at, end - at, point);
  }

  /** Best quality first. */
  points(): readonly Point[] {
    return this.#points;
  }

  /** The first position whose quality is at most `quality`. */
  #firstNotAbove(quality: number): number {
    let low = 0;
    let high = this.#points.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#points[middle]!.quality > quality) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
