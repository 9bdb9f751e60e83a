import type { MergedSketch } from "@giflab/metrics-core";
import { predictedHitRate } from "../caching/predicted-hit-rate.ts";

/** Share of the look-ups below which what was followed does not stand for all. */
const LEAST_FOLLOWED = 0.5;

/** What processes recorded of how soon a cache's entries are used again. */
export interface RecordedReuse {
  /** All look-ups, hits and misses. */
  readonly lookUps: number;
  /** Reuse distances, in MB (2^20 bytes). */
  readonly distancesMb: MergedSketch;
  /** Look-ups of a key that had not been seen before. */
  readonly firstUses: number;
}

/** Look-ups from which a prediction is made: where a process followed a sample of its keys, those that the sample stands for. */
export function followedLookUps({ distancesMb, firstUses }: RecordedReuse): number {
  return distancesMb.count + firstUses;
}

/**
 * Whether what was followed stands for all look-ups. A sample may miss a key that is used all the time; where most look-ups are
 * missing, processes recorded them without distances, and nothing is known of them.
 */
export function isFollowed(reuse: RecordedReuse): boolean {
  return followedLookUps(reuse) >= reuse.lookUps * LEAST_FOLLOWED;
}

/**
 * The hit rate that the same look-ups would have had in a memory of `sizeMb`, 0 to 1: the share of those whose reuse
 * distance is at most that (Mattson's stack distances). Right for `lru`, an estimate for other policies; `Infinity` is a
 * memory in which everything stays. `undefined` without look-ups.
 */
export function hitRateAt(reuse: RecordedReuse, sizeMb: number): number | undefined {
  const { distancesMb, firstUses } = reuse;
  const lookUps = isFollowed(reuse) ? reuse.lookUps : followedLookUps(reuse);
  if (sizeMb <= 0) return lookUps === 0 ? undefined : 0;
  const reuses = distancesMb.count;
  const reusesWithin = reuses * (distancesMb.shareAtMost(sizeMb) ?? 0);
  return predictedHitRate({ lookUps, reuses, reusesWithin, firstUses });
}
