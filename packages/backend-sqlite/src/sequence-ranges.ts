/**
 * Which snapshots of which writers have been taken: ranges of sequence numbers that grow together, so that a long run of
 * snapshots is a single pair of numbers.
 */
export class SequenceRanges {
  /** Per writer: first and last number of each range, rising. */
  readonly #ranges = new Map<number, number[]>();

  /**
   * Takes `first` to `last` of a writer, or refuses and returns false when one of them has been taken before.
   * After 1-6 and 7-12 the range is 1-12; a rollup of 10-15 is then refused.
   */
  take(writer: number, first: number, last: number): boolean {
    let ranges = this.#ranges.get(writer);
    if (ranges === undefined) {
      ranges = [];
      this.#ranges.set(writer, ranges);
    }
    let at = ranges.length;
    while (at > 0 && ranges[at - 2]! > last) at -= 2;
    const before = at > 0 ? ranges[at - 1]! : Number.NEGATIVE_INFINITY;
    if (before >= first) return false;
    const joinsBefore = before === first - 1;
    const joinsAfter = at < ranges.length && ranges[at] === last + 1;
    if (joinsBefore && joinsAfter) ranges.splice(at - 1, 2);
    else if (joinsBefore) ranges[at - 1] = last;
    else if (joinsAfter) ranges[at] = first;
    else ranges.splice(at, 0, first, last);
    return true;
  }
}
