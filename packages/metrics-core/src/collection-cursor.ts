import { LAYOUT_ID, OCTAVES, SUB_BUCKET_BITS } from "./bucket-layout.ts";
import {
  DIRECTORY_ENTRIES,
  type DistributionCells,
  EPOCH,
  LAST,
  MAX,
  MIN,
  SEEN,
  SKIPPED,
  SUM,
  ZERO,
} from "./distribution-cells.ts";
import type { DistributionSeries, RecordedSeries, ScalarSeries } from "./recorded-series.ts";
import type { SeriesRegistry } from "./series-registry.ts";
import type { SketchData } from "./sketch.ts";
import type { SnapshotPoint } from "./snapshot.ts";

/** Unchanged series are stated again this often, so that a reader finds what is alive in a bounded look back. */
export const RESTATE_SECONDS = 600;

interface DistributionState {
  /** Whether something may have been recorded since this cursor's last collection. */
  dirty: boolean;
  skipped: number;
  zero: number;
  sum: number;
  /** Counts already reported, per directory entry. */
  readonly blocks: Map<number, Uint32Array>;
  /** Extremes since this cursor's last collection, folded in by whichever cursor read them. */
  min: number;
  max: number;
  /** Extremes of all time, for a cursor that begins later. */
  lowest: number;
  highest: number;
}

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
    const value = finite(series.chunk[series.slot]!);
    const before = this.#scalars[index]!;
    if (value === before ? !due : Number.isNaN(value)) return undefined;
    this.#scalars[index] = value;
    return series.kind === "counter"
      ? { kind: "counter", series: series.descriptor, delta: value - (before || 0) }
      : { kind: "gauge", series: series.descriptor, value };
  }

  #distributionPoint(
    index: number,
    series: DistributionSeries,
    due: boolean,
    siblings: readonly CollectionCursor[],
  ): SnapshotPoint | undefined {
    const { header, at } = series.cell;
    if (header[at + SEEN] === header[at + EPOCH]) {
      const min = header[at + MIN]!;
      const max = header[at + MAX]!;
      for (const sibling of siblings) sibling.#fold(index, min, max);
      header[at + EPOCH]!++;
    }
    const state = this.#state(index);
    if (!state.dirty && !due) return undefined;
    state.dirty = false;
    return {
      kind: series.kind,
      series: series.descriptor,
      sketch: takeDifference(series, state, this.#registry.distributions),
    };
  }

  #fold(index: number, min: number, max: number): void {
    const state = this.#state(index);
    // A call is only skipped after one that was measured, so this says it for both.
    state.dirty = true;
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
        dirty: true,
        skipped: 0,
        zero: 0,
        sum: 0,
        blocks: new Map(),
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

function takeDifference(series: DistributionSeries, state: DistributionState, cells: DistributionCells): SketchData {
  const { header, at, directory, directoryAt } = series.cell;
  const indexes: number[] = [];
  const counts: number[] = [];
  const takeBlock = (entry: number): void => {
    const block = directory[directoryAt + entry]!;
    if (block === 0) return;
    const slab = cells.slabs[block >>> 8]!;
    const from = (block & 255) << SUB_BUCKET_BITS;
    let before = state.blocks.get(entry);
    if (before === undefined) {
      before = new Uint32Array(64);
      state.blocks.set(entry, before);
    }
    const negative = entry >= OCTAVES;
    const base = ((negative ? entry - OCTAVES : entry) << SUB_BUCKET_BITS) + 1;
    for (let step = 0; step < 64; step++) {
      const place = negative ? 63 - step : step;
      const difference = (slab[from + place]! - before[place]!) >>> 0;
      if (difference === 0) continue;
      before[place] = slab[from + place]!;
      indexes.push(negative ? -(base + place) : base + place);
      counts.push(difference);
    }
  };
  for (let entry = DIRECTORY_ENTRIES - 1; entry >= OCTAVES; entry--) takeBlock(entry);
  const zero = header[at + ZERO]! - state.zero;
  if (zero > 0) {
    indexes.push(0);
    counts.push(zero);
  }
  for (let entry = 0; entry < OCTAVES; entry++) takeBlock(entry);
  const sampled = counts.reduce((total, one) => total + one, 0);
  if (sampled === 0) return { layout: LAYOUT_ID, count: 0, sum: 0, min: 0, max: 0, last: 0, indexes: [], counts: [] };
  const count = sampled + header[at + SKIPPED]! - state.skipped;
  const sum = finite(finite(header[at + SUM]!) - state.sum);
  state.skipped = header[at + SKIPPED]!;
  state.zero = header[at + ZERO]!;
  state.sum = finite(header[at + SUM]!);
  const { min, max } = state;
  state.min = Number.POSITIVE_INFINITY;
  state.max = Number.NEGATIVE_INFINITY;
  return {
    layout: LAYOUT_ID,
    count,
    sum: sampled === count ? sum : finite((sum * count) / sampled),
    min,
    max,
    last: header[at + LAST]!,
    indexes,
    counts: sampled === count ? counts : scaleToTotal(counts, count, sampled),
  };
}

/** Totals that have outgrown what a double holds stay at its end. NaN stays NaN: a gauge that was never set. */
function finite(value: number): number {
  return Math.min(Number.MAX_VALUE, Math.max(-Number.MAX_VALUE, value));
}

/**
 * Scales sampled bucket counts to whole numbers that total `total`, each within 1 of its share: running sums are rounded,
 * so that no bucket's error adds to the next. [1, 2] scaled to 10 is [3, 7].
 */
export function scaleToTotal(counts: readonly number[], total: number, sampled: number): number[] {
  let seen = 0;
  let given = 0;
  return counts.map((count) => {
    seen += count;
    const share = Math.round((seen * total) / sampled) - given;
    given += share;
    return share;
  });
}
