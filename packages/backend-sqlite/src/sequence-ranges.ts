/** What a run of snapshots is to those taken before: `split` is one of which some have been taken and others not. */
export type Taking = "new" | "known" | "split";

/**
 * Which snapshots of which writers have been taken: ranges of sequence numbers that grow together, so that a long run of
 * snapshots is a single pair of numbers.
 */
export class SequenceRanges {
  /** Per writer: first and last number of each range, rising. */
  readonly #ranges = new Map<number, number[]>();

  /**
   * Takes `first` to `last` of a writer, all or none: only when none of them has been taken before.
   * After 1-6 and 7-12 the range is 1-12; 13-15 is then new, 7-12 known and 10-15 split.
   */
  take(writer: number, first: number, last: number): Taking {
    let ranges = this.#ranges.get(writer);
    if (ranges === undefined) {
      ranges = [];
      this.#ranges.set(writer, ranges);
    }
    let at = ranges.length;
    while (at > 0 && ranges[at - 2]! > last) at -= 2;
    const before = at > 0 ? ranges[at - 1]! : Number.NEGATIVE_INFINITY;
    if (before >= first) return before >= last && ranges[at - 2]! <= first ? "known" : "split";
    const joinsBefore = before === first - 1;
    const joinsAfter = at < ranges.length && ranges[at] === last + 1;
    if (joinsBefore && joinsAfter) ranges.splice(at - 1, 2);
    else if (joinsBefore) ranges[at - 1] = last;
    else if (joinsAfter) ranges[at] = first;
    else ranges.splice(at, 0, first, last);
    return "new";
  }
}
