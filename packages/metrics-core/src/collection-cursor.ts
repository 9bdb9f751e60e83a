import { EPOCH, MAX, MIN, SEEN } from "./distribution-cells.ts";
import { type DistributionState, reportedBlocks, takeDifference } from "./distribution-difference.ts";
import type { DistributionSource } from "./distribution-source.ts";
import { finite } from "./finite.ts";
import type { DistributionSeries, RecordedSeries, ScalarSeries } from "./recorded-series.ts";
import { ReportedCounts } from "./reported-counts.ts";
import type { SeriesRegistry } from "./series-registry.ts";
import { EMPTY_SKETCH } from "./sketch.ts";
import type { SnapshotPoint } from "./snapshot.ts";

/** Unchanged series are stated again this often, so that a reader finds what is alive in a bounded look back. */
export const RESTATE_SECONDS = 600;

/**
 * What one backend has already been given of the cumulative cells. Every backend has its own, so that a slow or scraped
 * backend takes no differences from another.
 */
export class CollectionCursor {
  readonly #registry: SeriesRegistry;
  readonly #elder: CollectionCursor | undefined;
  /** Per series, and NaN where nothing is stated yet. */
  #scalars: Float64Array = new Float64Array(0);
  readonly #distributions: (DistributionState | undefined)[] = [];
  readonly #reported = new ReportedCounts();
  /** Monotonic seconds, two seconds precise after a year, which is plenty. */
  #statedAt: Float32Array = new Float32Array(0);

  /** @param elder a cursor that has begun already, if any: extremes that it has read are in no cell any more. */
  constructor(registry: SeriesRegistry, elder?: CollectionCursor) {
    this.#registry = registry;
    this.#elder = elder;
  }

  /**
   * The differences since the last call, plus what is due to be stated again. `siblings` are all cursors over the same
   * cells, this one included: reading the extremes resets them, so they are handed to everybody.
   * @param monotonic seconds; decides what is due. @param everything states every series, for a final snapshot.
   */
  collect(monotonic: number, everything: boolean, siblings: readonly CollectionCursor[]): SnapshotPoint[] {
    const points: SnapshotPoint[] = [];
    const { all } = this.#registry;
    this.#makeRoom(all.length);
    for (let index = 0; index < all.length; index++) {
      const series = all[index]!;
      // NaN, which is never stated, is due.
      const due = everything || !(monotonic - this.#statedAt[index]! < RESTATE_SECONDS);
      const point = isScalar(series)
        ? this.#scalarPoint(index, series, due)
        : this.#distributionPoint(index, series, due, siblings);
      if (point === undefined) continue;
      this.#statedAt[index] = monotonic;
      points.push(point);
    }
    return points;
  }

  /** Grows by an eighth: at 10,000 series every byte of slack counts. */
  #makeRoom(series: number): void {
    const before = this.#scalars.length;
    if (series <= before) return;
    const room = series + (series >>> 3);
    const [scalars, statedAt] = [new Float64Array(room), new Float32Array(room)];
    scalars.set(this.#scalars);
    statedAt.set(this.#statedAt);
    this.#scalars = scalars.fill(Number.NaN, before);
    this.#statedAt = statedAt.fill(Number.NaN, before);
  }

  #scalarPoint(index: number, series: ScalarSeries, due: boolean): SnapshotPoint | undefined {
    const others = this.#registry.contributions?.scalar(series);
    const value = finite(others === undefined ? series.chunk[series.slot]! : others.value);
    const before = this.#scalars[index]!;
    if (value === before ? !due : Number.isNaN(value)) return undefined;
    if (series.kind === "gauge") {
      this.#scalars[index] = value;
      return { kind: "gauge", series: series.descriptor, value };
    }
    // Fractions summed over threads in another order, once one of them has ended, may come out a rounding error lower.
    const delta = Math.max(0, value - (before || 0));
    if (delta === 0 && !due) return undefined;
    this.#scalars[index] = (before || 0) + delta;
    return { kind: "counter", series: series.descriptor, delta };
  }

  #distributionPoint(
    index: number,
    series: DistributionSeries,
    due: boolean,
    siblings: readonly CollectionCursor[],
  ): SnapshotPoint | undefined {
    const { kind, cell } = series;
    const others = this.#registry.contributions?.distribution(series);
    const own = { cell, slabs: this.#registry.distributions.slabs };
    const sources = others?.sources ?? [own];
    const threaded = sources.length > 1;
    const state = this.#state(index);
    if (threaded) for (const sibling of siblings) sibling.#expectThreads(index, own);
    for (const source of sources) {
      const { header, at } = source.cell;
      if (header[at + SEEN] !== header[at + EPOCH]) continue;
      const min = header[at + MIN]!;
      const max = header[at + MAX]!;
      // Of a value that another thread is recording just now the rest is seen when one looks once more.
      for (const sibling of siblings) sibling.#fold(index, min, max, threaded ? 2 : 1);
      header[at + EPOCH]!++;
      if (others !== undefined) others.latest = source;
    }
    if (state.looks === 0 && !due) return undefined;
    if (state.looks > 0) state.looks--;
    const sketch = takeDifference(sources, others?.latest ?? own, state, this.#reported);
    if (sketch !== undefined) return { kind, series: series.descriptor, sketch };
    return due ? { kind, series: series.descriptor, sketch: EMPTY_SKETCH } : undefined;
  }

  /** From now on extremes no longer tell between which buckets something was counted. */
  #expectThreads(index: number, own: DistributionSource): void {
    this.#state(index).threadBlocks ??= reportedBlocks(own, this.#reported);
  }

  #fold(index: number, min: number, max: number, looks: number): void {
    const state = this.#state(index);
    // A call is only skipped after one that was measured, so this says it for both.
    state.looks = looks;
    if (min < state.min) state.min = min;
    if (max > state.max) state.max = max;
    if (min < state.lowest) state.lowest = min;
    if (max > state.highest) state.highest = max;
  }

  #state(index: number): DistributionState {
    let state = this.#distributions[index];
    if (state === undefined) {
      const elder = this.#elder === undefined ? undefined : this.#elder.#distributions[index];
      const min = elder?.lowest ?? Number.POSITIVE_INFINITY;
      const max = elder?.highest ?? Number.NEGATIVE_INFINITY;
      state = {
        looks: 1,
        threadBlocks: elder?.threadBlocks === undefined ? undefined : new Map(),
        skipped: 0,
        zero: 0,
        sum: 0,
        min,
        max,
        lowest: min,
        highest: max,
      };
      this.#distributions[index] = state;
    }
    return state;
  }
}

function isScalar(series: RecordedSeries): series is ScalarSeries {
  return series.kind === "counter" || series.kind === "gauge";
}
