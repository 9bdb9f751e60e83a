import { adviseCache, type CacheAdvice, type CacheLoad } from "./advise-cache.ts";

/** Share of a process's memory that all caches together may take; the rest is for the work itself. */
export const CACHE_SHARE = 0.5;

/** The memory there is for one process. */
export interface MemoryBudget {
  /** What the machine, or the limit of the container, allows, in MB. */
  readonly memoryMb: number;
  /** What sets it. */
  readonly source: "machine" | "container";
  /** Processes with caches at the same time, at least 1: each has caches of its own. */
  readonly processes: number;
}

/** The most that the caches of one process may take together, in MB. */
export function cacheBudgetMb({ memoryMb, processes }: MemoryBudget): number {
  return (memoryMb * CACHE_SHARE) / Math.max(1, processes);
}

/**
 * Advice for every cache, within what memory there is: when all the sizes wished for do not fit, each cache may have its
 * share of the budget in proportion to its wish.
 */
export function adviseCaches<Name extends string>(
  loads: Readonly<Record<Name, CacheLoad>>,
  budget: MemoryBudget,
): Readonly<Record<Name, CacheAdvice>> {
  const budgetMb = cacheBudgetMb(budget);
  const names = Object.keys(loads) as Name[];
  const adviseAll = (capOf: (name: Name) => number): Record<Name, CacheAdvice> =>
    Object.fromEntries(names.map((name) => [name, adviseCache(loads[name], capOf(name))])) as Record<Name, CacheAdvice>;
  const wishes = adviseAll(() => Number.POSITIVE_INFINITY);
  const wishOf = (name: Name): number => wishes[name].recommendedMb ?? loads[name].limitMb;
  const total = names.reduce((sum, name) => sum + (loads[name].enabled ? wishOf(name) : 0), 0);
  if (total <= budgetMb) return wishes;
  return adviseAll((name) => (budgetMb * wishOf(name)) / total);
}
