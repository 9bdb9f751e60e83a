/** Values that instances stated of one gauge, as columns: a query may see hundreds of thousands of them. */
export class GaugeSamples {
  readonly instances: number[] = [];
  readonly times: number[] = [];
  readonly values: number[] = [];
  #rising = true;

  get length(): number {
    return this.times.length;
  }

  add(instance: number, time: number, value: number): void {
    const { times } = this;
    if (this.#rising && times.length > 0 && time < times[times.length - 1]!) this.#rising = false;
    this.instances.push(instance);
    times.push(time);
    this.values.push(value);
  }

  /** The same in order of time, and where that is the same, in the order in which they were added. */
  inOrder(): GaugeSamples {
    if (this.#rising) return this;
    const sorted = new GaugeSamples();
    for (const [begin, end] of this.#runsInOrder() ?? []) for (let i = begin; i < end; i++) sorted.#take(this, i);
    if (sorted.length > 0) return sorted;
    const order = Array.from(this.times.keys()).sort((a, b) => this.times[a]! - this.times[b]!);
    for (const i of order) sorted.#take(this, i);
    return sorted;
  }

  /**
   * Stretches that rise, in order of time; `undefined` if some overlap. Mostly none do: a store gives what is sealed apart from
   * what is not, each of it in order.
   */
  #runsInOrder(): readonly (readonly [number, number])[] | undefined {
    const { times } = this;
    const runs: [number, number][] = [];
    for (let i = 0; i < times.length; i++) {
      if (i > 0 && times[i]! >= times[i - 1]!) runs[runs.length - 1]![1] = i + 1;
      else runs.push([i, i + 1]);
    }
    runs.sort(([a], [b]) => times[a]! - times[b]!);
    const apart = runs.every(([begin], i) => i === 0 || times[begin]! > times[runs[i - 1]![1] - 1]!);
    return apart ? runs : undefined;
  }

  #take(from: GaugeSamples, i: number): void {
    this.instances.push(from.instances[i]!);
    this.times.push(from.times[i]!);
    this.values.push(from.values[i]!);
  }
}
