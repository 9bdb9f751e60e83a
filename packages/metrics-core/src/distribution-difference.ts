import { bucketMiddle, bucketOf, LAYOUT_ID, MAX_BUCKET, OCTAVES, SUB_BUCKET_BITS } from "./bucket-layout.ts";
import { DIRECTORY_ENTRIES, LAST, SKIPPED, SUM, ZERO } from "./distribution-cells.ts";
import type { DistributionSource } from "./distribution-source.ts";
import { finite } from "./finite.ts";
import type { ReportedCounts } from "./reported-counts.ts";
import type { SketchData } from "./sketch.ts";

/** What one cursor has already reported of a histogram or timer, as totals over all sources. */
export interface DistributionState {
  /** Collections in which something may still be found, unless more is recorded. */
  looks: number;
  /**
   * Counts already reported of a series that other threads record too, by directory entry; of others they are in the
   * cursor's `ReportedCounts`. With threads a value may count in another collection than the one that has seen it as an
   * extreme, so counts are looked for in all buckets instead of those between the extremes.
   */
  threadBlocks: Map<number, Uint32Array> | undefined;
  skipped: number;
  zero: number;
  sum: number;
  /** Extremes since this cursor's last collection, folded in by whichever cursor read them. */
  min: number;
  max: number;
  /** Extremes of all time, for a cursor that begins later. */
  lowest: number;
  highest: number;
}

const BLOCK_COUNTS = 64;

/** Buckets and counts of the difference that is being taken: reused, so that nothing grows step by step. */
const foundIndexes: number[] = new Array<number>(2 * MAX_BUCKET + 1).fill(0);
const foundCounts: number[] = new Array<number>(2 * MAX_BUCKET + 1).fill(0);
let found = 0;

/** Counts of one block summed over several sources. */
const summed = new Uint32Array(BLOCK_COUNTS);

/** The block at hand: what is counted in it, and what of it was reported. */
let slab: Uint32Array = summed;
let at = 0;
let before: Uint32Array = summed;
let beforeAt = 0;

/**
 * What was recorded in the sources together since `state` was, which is brought up to date; `undefined` for nothing. A
 * source may belong to a thread that records at this moment: a value of which only a part is seen now is completed by the
 * next difference, and over all differences every count and sum is exact. About 0.5 us for 15 values of one thread.
 * @param latest the source whose last value is the last of all.
 * @param reported of the cursor whose `state` it is.
 */
export function takeDifference(
  sources: readonly DistributionSource[],
  latest: DistributionSource,
  state: DistributionState,
  reported: ReportedCounts,
): SketchData | undefined {
  const everywhere = state.threadBlocks !== undefined;
  const low = everywhere ? -MAX_BUCKET : bucketOf(state.min);
  const high = everywhere ? MAX_BUCKET : bucketOf(state.max);
  found = 0;
  if (low < 0) takeBelowZero(sources, state, reported, low, Math.min(high, -1));
  const allZeros = total(sources, ZERO);
  if (allZeros > state.zero) {
    foundIndexes[found] = 0;
    foundCounts[found++] = allZeros - state.zero;
  }
  if (high > 0) takeAboveZero(sources, state, reported, Math.max(low, 1), high);
  if (found === 0) return undefined;
  const indexes = foundIndexes.slice(0, found);
  const counts = foundCounts.slice(0, found);
  let sampled = 0;
  for (let i = 0; i < found; i++) sampled += counts[i]!;
  const allSkipped = total(sources, SKIPPED);
  const allSum = finite(total(sources, SUM));
  const count = sampled + allSkipped - state.skipped;
  const sum = finite(allSum - state.sum);
  let { min, max } = state;
  if (everywhere) {
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

/** What was reported until now of a series that another thread begins to record too: own cells only. */
export function reportedBlocks({ cell }: DistributionSource, reported: ReportedCounts): Map<number, Uint32Array> {
  const blocks = new Map<number, Uint32Array>();
  for (let entry = 0; entry < DIRECTORY_ENTRIES; entry++) {
    const block = cell.directory[cell.directoryAt + entry]!;
    if (block === 0) continue;
    const from = (block & 255) << SUB_BUCKET_BITS;
    blocks.set(entry, reported.slab(block >>> 8).slice(from, from + BLOCK_COUNTS));
  }
  return blocks;
}

/** Buckets `low` to `high`, both positive. */
function takeAboveZero(
  sources: readonly DistributionSource[],
  state: DistributionState,
  reported: ReportedCounts,
  low: number,
  high: number,
): void {
  for (let octave = (low - 1) >> SUB_BUCKET_BITS; octave <= (high - 1) >> SUB_BUCKET_BITS; octave++) {
    if (!find(sources, state, reported, octave)) continue;
    const base = (octave << SUB_BUCKET_BITS) + 1;
    take(base, Math.max(low - base, 0), Math.min(high - base, BLOCK_COUNTS - 1), 1);
  }
}

/** Buckets `low` to `high`, both negative. */
function takeBelowZero(
  sources: readonly DistributionSource[],
  state: DistributionState,
  reported: ReportedCounts,
  low: number,
  high: number,
): void {
  for (let octave = (-low - 1) >> SUB_BUCKET_BITS; octave >= (-high - 1) >> SUB_BUCKET_BITS; octave--) {
    if (!find(sources, state, reported, OCTAVES + octave)) continue;
    const base = (octave << SUB_BUCKET_BITS) + 1;
    take(base, Math.max(-high - base, 0), Math.min(-low - base, BLOCK_COUNTS - 1), -1);
  }
}

/** Takes what is new in places `from` to `to` of the block at hand, those of negative buckets from the last on. */
function take(base: number, from: number, to: number, sign: 1 | -1): void {
  const [counted, known, first, knownFirst] = [slab, before, at, beforeAt];
  for (let step = 0; step <= to - from; step++) {
    const place = sign === 1 ? from + step : to - step;
    // Read once: another thread may be counting.
    const now = counted[first + place]!;
    const then = known[knownFirst + place]!;
    if (now === then) continue;
    known[knownFirst + place] = now;
    foundIndexes[found] = sign * (base + place);
    foundCounts[found++] = (now - then) >>> 0;
  }
}

/** Brings the block of one directory entry to hand; false when no source has one there yet. */
function find(
  sources: readonly DistributionSource[],
  { threadBlocks }: DistributionState,
  reported: ReportedCounts,
  entry: number,
): boolean {
  if (threadBlocks !== undefined) return findSummed(sources, threadBlocks, entry);
  const { cell, slabs } = sources[0]!;
  const block = cell.directory[cell.directoryAt + entry]!;
  if (block === 0) return false;
  slab = slabs[block >>> 8]!;
  before = reported.slab(block >>> 8);
  at = (block & 255) << SUB_BUCKET_BITS;
  beforeAt = at;
  return true;
}

function findSummed(sources: readonly DistributionSource[], blocks: Map<number, Uint32Array>, entry: number): boolean {
  let there = false;
  for (const { cell, slabs } of sources) {
    const block = cell.directory[cell.directoryAt + entry]!;
    // A slab of which another thread has not told yet is counted next time.
    const counted = block === 0 ? undefined : slabs[block >>> 8];
    if (counted === undefined) continue;
    if (!there) summed.fill(0);
    there = true;
    const first = (block & 255) << SUB_BUCKET_BITS;
    for (let place = 0; place < BLOCK_COUNTS; place++) summed[place]! += counted[first + place]!;
  }
  if (!there) return false;
  let known = blocks.get(entry);
  if (known === undefined) {
    known = new Uint32Array(BLOCK_COUNTS);
    blocks.set(entry, known);
  }
  [slab, at, before, beforeAt] = [summed, 0, known, 0];
  return true;
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
