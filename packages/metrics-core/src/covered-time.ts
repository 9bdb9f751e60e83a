/** Which moments snapshots cover: intervals whose union is measured, so that overlapping processes are counted once. */
export class CoveredTime {
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];

  add(start: number, end: number): void {
    this.#starts.push(start);
    this.#ends.push(end);
  }

  get empty(): boolean {
    return this.#starts.length === 0;
  }

  /** Length of the union in seconds. (0,10] and (5,15] together cover 15; (0,1] and (10,11] cover 2. */
  seconds(): number {
    const order = Array.from(this.#starts.keys()).sort((a, b) => this.#starts[a]! - this.#starts[b]!);
    let total = 0;
    let reached = Number.NEGATIVE_INFINITY;
    for (const index of order) {
      const end = this.#ends[index]!;
      if (end <= reached) continue;
      total += end - Math.max(reached, this.#starts[index]!);
      reached = end;
    }
    return total;
  }
}
