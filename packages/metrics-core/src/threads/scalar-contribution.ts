import type { GaugeMerge } from "../metric-definition.ts";
import type { ScalarSeries } from "../recorded-series.ts";
import type { ScalarCell } from "../scalar-cells.ts";

interface Source {
  readonly cell: ScalarCell;
  /** Its value at the last look; NaN when it had none. */
  seen: number;
}

/** What worker threads add to a counter or gauge of this process. */
export class ScalarContribution {
  readonly #series: ScalarSeries;
  readonly #own: Source;
  /** In the order in which threads joined. */
  readonly #others: Source[] = [];
  /** Where a gauge merged by `last` takes its value from, and what it is when that thread has ended. */
  #latest: Source | undefined;
  #value = Number.NaN;

  constructor(series: ScalarSeries) {
    this.#series = series;
    this.#own = { cell: series, seen: Number.NaN };
  }

  /** The value over all threads at the last `refresh`; NaN for a gauge that nobody has set. */
  get value(): number {
    return this.#value;
  }

  add(cell: ScalarCell): void {
    this.#others.push({ cell, seen: Number.NaN });
  }

  /**
   * Takes a cell away whose thread has ended. What it counted stays counted; its gauge no longer takes part. Returns whether
   * the series can do without this contribution from now on.
   */
  end(cell: ScalarCell): boolean {
    this.refresh();
    const at = this.#others.findIndex((source) => source.cell === cell);
    const [ended] = this.#others.splice(at, 1);
    if (this.#series.kind === "gauge") {
      if (this.#latest === ended) this.#latest = undefined;
      return false;
    }
    const { chunk, slot } = this.#series;
    chunk[slot]! += numberIn(cell);
    return this.#others.length === 0;
  }

  /** Looks at the cells of all threads. */
  refresh(): void {
    if (this.#series.kind === "counter") {
      let total = numberIn(this.#own.cell);
      for (const { cell } of this.#others) total += numberIn(cell);
      this.#value = total;
      return;
    }
    const sources = [this.#own, ...this.#others];
    for (const source of sources) {
      const value = numberIn(source.cell);
      if (value === source.seen || Number.isNaN(value)) continue;
      source.seen = value;
      this.#latest = source;
    }
    const values = sources.map(({ seen }) => seen).filter((value) => !Number.isNaN(value));
    const { merge = "last" } = this.#series.descriptor.definition;
    this.#value = this.#merged(values, merge);
  }

  /** With no thread left that has set it, the last value holds, but what is summed over no threads is nothing. */
  #merged(values: readonly number[], merge: GaugeMerge): number {
    if (values.length === 0) return merge === "sum" && !Number.isNaN(this.#value) ? 0 : this.#value;
    if (merge === "last") return this.#latest?.seen ?? this.#value;
    if (merge === "max") return Math.max(...values);
    const sum = values.reduce((total, value) => total + value, 0);
    return merge === "sum" ? sum : sum / values.length;
  }
}

function numberIn({ chunk, slot }: ScalarCell): number {
  return chunk[slot]!;
}
