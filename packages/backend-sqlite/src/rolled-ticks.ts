import type { BlockRows } from "./stored-block.ts";
import type { TickList } from "./tick-list.ts";

/** Some rows of a block that become one. */
export interface RolledTick {
  readonly source: BlockRows;
  /** Their positions in the source, in order of time. */
  readonly positions: readonly number[];
  readonly writer: number;
  readonly firstSeq: number;
  readonly seq: number;
  readonly start: number;
  readonly end: number;
  readonly gaps: readonly number[];
}

/**
 * Groups the rows of a block that are still there by writer and by minute or hour `(n - 1, n]` of their end. A group ends
 * where a sequence number is missing: that row may be elsewhere, and what a rolled up row names must be all in it.
 */
export function rollTicks(source: BlockRows, resolution: number): RolledTick[] {
  const { writers, firstSeqs, seqs, ends } = source.ticks;
  const groups: number[][] = [];
  let before = -1;
  for (let i = 0; i < ends.length; i++) {
    if (source.alive?.[i] === false) continue;
    const joins =
      before >= 0 &&
      writers[i] === writers[before] &&
      firstSeqs[i] === seqs[before]! + 1 &&
      Math.ceil(ends[i]! / resolution) === Math.ceil(ends[before]! / resolution);
    if (joins) groups.at(-1)!.push(i);
    else groups.push([i]);
    before = i;
  }
  return groups.map((positions) => rolled(source, positions));
}

function rolled(source: BlockRows, positions: readonly number[]): RolledTick {
  const { writers, firstSeqs, seqs, starts, ends, gaps } = source.ticks;
  const [first, last] = [positions[0]!, positions.at(-1)!];
  const bounds: number[] = [];
  let reached = starts[first]!;
  for (const position of positions) {
    if (starts[position]! > reached) bounds.push(reached, starts[position]!);
    bounds.push(...gaps[position]!);
    reached = Math.max(reached, ends[position]!);
  }
  return {
    source,
    positions,
    writer: writers[first]!,
    firstSeq: firstSeqs[first]!,
    seq: seqs[last]!,
    start: starts[first]!,
    end: ends[last]!,
    gaps: bounds,
  };
}

/** In the order of a block: by writer, then by time. */
export function inBlockOrder(ticks: readonly RolledTick[]): RolledTick[] {
  return [...ticks].sort((a, b) => a.writer - b.writer || a.end - b.end || a.firstSeq - b.firstSeq);
}

/** As columns. */
export function rolledTickList(ticks: readonly RolledTick[]): TickList {
  return {
    writers: ticks.map(({ writer }) => writer),
    firstSeqs: ticks.map(({ firstSeq }) => firstSeq),
    seqs: ticks.map(({ seq }) => seq),
    starts: ticks.map(({ start }) => start),
    ends: ticks.map(({ end }) => end),
    gaps: ticks.map(({ gaps }) => gaps),
  };
}
