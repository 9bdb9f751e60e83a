import type { TickList } from "./tick-list.ts";

const HOUR_SECONDS = 3600;
/** Samples that a group holds on average at least: each costs some bytes and the time to read what it comes to. */
const LEAST_SAMPLES = 20;

/**
 * Cuts samples into the hours `(n - 1, n]` of one writer, which is how history is looked at. Returns how many samples each has,
 * in order; none where all are of one hour, or an hour has few.
 *
 * Five hours by minute are five groups of 60; an hour of flushes is none, as the chunk says itself what it comes to.
 */
export function groupSamples({ writers, ends }: TickList, positions: readonly number[]): readonly number[] {
  const lengths: number[] = [];
  let [writer, hour] = [-1, 0];
  for (const position of positions) {
    const at = Math.ceil(ends[position]! / HOUR_SECONDS);
    if (writers[position] === writer && at === hour) lengths[lengths.length - 1]!++;
    else lengths.push(1);
    writer = writers[position]!;
    hour = at;
  }
  return lengths.length > 1 && positions.length >= LEAST_SAMPLES * lengths.length ? lengths : [];
}
