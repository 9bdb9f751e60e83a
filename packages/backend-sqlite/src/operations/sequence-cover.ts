/** Which sequence numbers of one instance a store has, as ranges: rows may be added in any order and may overlap. */
export class SequenceCover {
  /** First and last number of each range, rising, without overlap. */
  #ranges: number[] = [];

  add(first: number, last: number): void {
    const ranges = this.#ranges;
    const at = ranges.length;
    // Rows mostly come in order.
    if (at === 0 || first > ranges[at - 1]! + 1) {
      ranges.push(first, last);
      return;
    }
    const merged: number[] = [];
    let [from, to, placed] = [first, last, false];
    for (let i = 0; i < ranges.length; i += 2) {
      const [low, high] = [ranges[i]!, ranges[i + 1]!];
      if (high < from - 1) merged.push(low, high);
      else if (low > to + 1) {
        if (!placed) merged.push(from, to);
        placed = true;
        merged.push(low, high);
      } else [from, to] = [Math.min(from, low), Math.max(to, high)];
    }
    if (!placed) merged.push(from, to);
    this.#ranges = merged;
  }

  /** How many of the numbers `first` to `last` are there. With 1-6 and 10-12, of 5 to 11 there are 4. */
  count(first: number, last: number): number {
    let found = 0;
    for (let i = this.#ranges.length - 2; i >= 0; i -= 2) {
      const [low, high] = [this.#ranges[i]!, this.#ranges[i + 1]!];
      if (high < first) break;
      found += Math.max(0, Math.min(high, last) - Math.max(low, first) + 1);
    }
    return found;
  }
}
