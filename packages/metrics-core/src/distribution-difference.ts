import { bucketMiddle, bucketOf, LAYOUT_ID, OCTAVES, SUB_BUCKET_BITS } from "./bucket-layout.ts";
import { DIRECTORY_ENTRIES, LAST, SKIPPED, SUM, ZERO } from "./distribution-cells.ts";
import type { DistributionSource } from "./distribution-source.ts";
import { finite } from "./finite.ts";
import type { SketchData } from "./sketch.ts";

/** What one cursor has already reported of a histogram or timer, as totals over all sources. */
export interface DistributionState {
  /** Collections in which something may still be found, unless more is recorded. */
  looks: number;
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

/** Counts of one block summed over several sources. */
const summed = new Uint32Array(64);

/**
 * What was recorded in the sources together since `state` was, which is brought up to date; `undefined` for nothing. A
 * source may belong to a thread that records at this moment: a value of which only a part is seen now is completed by the
 * next difference, and over all differences every count and sum is exact.
 * @param latest the source whose last value is the last of all.
 */
export function takeDifference(
  sources: readonly DistributionSource[],
  latest: DistributionSource,
  state: DistributionState,
): SketchData | undefined {
  const indexes: number[] = [];
  const counts: number[] = [];
  const takeBlock = (entry: number): void => {
    const from = countsOf(sources, entry);
    if (from === undefined) return;
    let before = state.blocks.get(entry);
    if (before === undefined) {
      before = new Uint32Array(64);
      state.blocks.set(entry, before);
    }
    const { slab, at } = from;
    const negative = entry >= OCTAVES;
    const base = ((negative ? entry - OCTAVES : entry) << SUB_BUCKET_BITS) + 1;
    for (let step = 0; step < 64; step++) {
      const place = negative ? 63 - step : step;
      // Read once: another thread may be counting.
      const now = slab[at + place]!;
      const difference = (now - before[place]!) >>> 0;
      if (difference === 0) continue;
      before[place] = now;
      indexes.push(negative ? -(base + place) : base + place);
      counts.push(difference);
    }
  };
  for (let entry = DIRECTORY_ENTRIES - 1; entry >= OCTAVES; entry--) takeBlock(entry);
  const allZeros = total(sources, ZERO);
  if (allZeros > state.zero) {
    indexes.push(0);
    counts.push(allZeros - state.zero);
  }
  for (let entry = 0; entry < OCTAVES; entry++) takeBlock(entry);
  if (counts.length === 0) return undefined;
  const sampled = counts.reduce((all, one) => all + one, 0);
  const allSkipped = total(sources, SKIPPED);
  const allSum = finite(total(sources, SUM));
  const count = sampled + allSkipped - state.skipped;
  const sum = finite(allSum - state.sum);
  let { min, max } = state;
  if (sources.length > 1) {
    // Extremes and bucket of a value that was being recorded may have been seen in different collections.
    if (bucketOf(min) !== indexes[0]) min = bucketMiddle(indexes[0]!);
    if (bucketOf(max) !== indexes.at(-1)) max = bucketMiddle(indexes.at(-1)!);
  }
  state.skipped = allSkipped;
  state.zero = allZeros;
  state.sum = allSum;
  state.min = Number.POSITIVE_INFINITY;
  state.max = Number.NEGATIVE_INFINITY;
  return {
    layout: LAYOUT_ID,
    count,
    sum: sampled === count ? sum : finite((sum * count) / sampled),
    min,
    max,
    last: latest.cell.header[latest.cell.at + LAST]!,
    indexes,
    counts: sampled === count ? counts : scaleToTotal(counts, count, sampled),
  };
}

/** The 64 counts of one directory entry; `undefined` when no source has a block there yet. */
function countsOf(
  sources: readonly DistributionSource[],
  entry: number,
): { readonly slab: Uint32Array; readonly at: number } | undefined {
  let first: { readonly slab: Uint32Array; readonly at: number } | undefined;
  for (const { cell, slabs } of sources) {
    const block = cell.directory[cell.directoryAt + entry]!;
    // A slab of which another thread has not told yet is counted next time.
    const slab = block === 0 ? undefined : slabs[block >>> 8];
    if (slab === undefined) continue;
    const at = (block & 255) << SUB_BUCKET_BITS;
    if (first === undefined) {
      first = { slab, at };
      continue;
    }
    if (first.slab !== summed) {
      const { slab: alone, at: from } = first;
      for (let place = 0; place < 64; place++) summed[place] = alone[from + place]!;
      first = { slab: summed, at: 0 };
    }
    for (let place = 0; place < 64; place++) summed[place]! += slab[at + place]!;
  }
  return first;
}

function total(sources: readonly DistributionSource[], slot: number): number {
  let sum = 0;
  for (const { cell } of sources) sum += cell.header[cell.at + slot]!;
  return sum;
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
