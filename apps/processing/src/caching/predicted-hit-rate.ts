/** What was published of a cache's look-ups in some window. */
export interface ObservedReuse {
  /** All look-ups, hits and misses. */
  readonly lookUps: number;
  /** Those with a reuse distance, and those of them whose distance is within the size in question. */
  readonly reuses: number;
  readonly reusesWithin: number;
  readonly firstUses: number;
}

/**
 * Hit rate of a cache of another size, 0 to 1; `undefined` without look-ups.
 *
 * When not all keys are followed, those that are may stand for more or fewer look-ups than there were, for the most part
 * because a key that is used all the time is among them or is not. So what is too many or too few are hits at any size
 * (SHARDS-adj): of 1000 look-ups, 600 reuses within the size, 120 others and 200 first uses leave 80, so the rate is 0.68.
 */
export function predictedHitRate({ lookUps, reuses, reusesWithin, firstUses }: ObservedReuse): number | undefined {
  if (lookUps === 0) return undefined;
  return Math.min(1, Math.max(0, (reusesWithin + lookUps - reuses - firstUses) / lookUps));
}
