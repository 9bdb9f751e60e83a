import { megabytes, perCent, whole } from "./advice-text.ts";
import { followedLookUps, hitRateAt, isFollowed, type RecordedReuse } from "./recorded-reuse.ts";
import { roundSizes, sufficientSize } from "./sufficient-size.ts";

/** A size is enough when no larger one earns this much more hit rate per doubling: 2 points. */
export const GAIN_PER_DOUBLING = 0.02;
/** A share of 400 look-ups is known to within 5 points (95 %); of fewer nothing is recommended. */
export const LEAST_LOOK_UPS = 400;
/** Below this hit rate with all the memory in the world, a memory tier is of no use. */
const USELESS_BELOW = 0.05;
/** A recorded hit rate this far from the predicted one has another reason than room. */
const UNEXPLAINED_GAP = 0.1;

/** A cache as it is configured, and what was recorded of it. */
export interface CacheLoad {
  readonly enabled: boolean;
  readonly limitMb: number;
  readonly policy: "lru" | "slru";
  /** Hits of the memory tier out of all look-ups, 0 to 1; `undefined` without look-ups. */
  readonly memoryHitRate: number | undefined;
  /** Hits of the disk tier out of all look-ups; `undefined` for a cache without one. */
  readonly diskHitRate: number | undefined;
  /** The most that the entries of a process took at a flush, in MB, where that is known. */
  readonly peakUsageMb: number | undefined;
  /** The limit under which it was recorded, in MB, where that is known. */
  readonly recordedLimitMb: number | undefined;
  /** Entries that were not kept because each was larger than the whole memory tier. */
  readonly refusals: number;
  readonly reuse: RecordedReuse;
}

/**
 * What to do with a memory limit.
 *
 * - `unrecorded`: nothing was recorded. `too_few`: fewer look-ups than a prediction needs.
 * - `useless`: hardly anything is used twice, so that memory of any size answers almost nothing.
 * - `keep`, `grow`, `shrink`.
 */
export type SizeVerdict = "unrecorded" | "too_few" | "useless" | "keep" | "grow" | "shrink";

export interface PredictedRate {
  readonly sizeMb: number;
  /** Share of look-ups that memory would answer, 0 to 1. */
  readonly hitRate: number;
}

/** A recommended memory limit with what speaks for it. */
export interface CacheAdvice {
  readonly verdict: SizeVerdict;
  readonly currentMb: number;
  /** Null when nothing can be recommended; 0 turns the memory tier off. */
  readonly recommendedMb: number | null;
  /** Whether more memory would earn more than the machine has to give. */
  readonly memoryBound: boolean;
  readonly lookUps: number;
  /** Those of them from which the prediction is made. */
  readonly followedLookUps: number;
  /** By which estimate the rates are predicted. */
  readonly estimate: string;
  /** Null when there are too few look-ups. */
  readonly predicted: {
    readonly half: PredictedRate;
    readonly current: PredictedRate;
    readonly double: PredictedRate;
    readonly recommended: PredictedRate;
    /** Share of look-ups of what was used before: no memory answers more. */
    readonly unlimitedHitRate: number;
  } | null;
  /** What memory did answer, 0 to 1; null without look-ups. */
  readonly recordedHitRate: number | null;
  /** What the disk answered of the rest, 0 to 1 of all look-ups; null without look-ups, and for a cache without a disk tier. */
  readonly diskHitRate: number | null;
  readonly reasons: readonly string[];
}

/**
 * Recommends a memory limit: the smallest round size beyond which no larger one earns `GAIN_PER_DOUBLING`.
 *
 * @param capMb the most that this cache may have of the machine's memory
 */
export function adviseCache(load: CacheLoad, capMb: number): CacheAdvice {
  const { limitMb, reuse, refusals } = load;
  const followed = followedLookUps(reuse);
  const unlimitedHitRate = hitRateAt(reuse, Number.POSITIVE_INFINITY);
  const known = {
    currentMb: limitMb,
    lookUps: reuse.lookUps,
    followedLookUps: followed,
    estimate: describeEstimate(load),
    recordedHitRate: load.memoryHitRate ?? null,
    diskHitRate: load.diskHitRate ?? null,
  };
  if (followed < LEAST_LOOK_UPS || unlimitedHitRate === undefined) {
    const verdict = reuse.lookUps === 0 ? "unrecorded" : "too_few";
    const reason = verdict === "unrecorded" ? whyUnrecorded(load) : whyTooFew(followed, reuse);
    return { ...known, verdict, recommendedMb: null, memoryBound: false, predicted: null, reasons: [reason] };
  }

  const rateAt = (sizeMb: number): number => hitRateAt(reuse, sizeMb) ?? 0;
  const sizes = roundSizes(reuse.distancesMb.max);
  const wished = unlimitedHitRate < USELESS_BELOW ? 0 : sufficientSize(sizes, rateAt, GAIN_PER_DOUBLING)!;
  const allowed = sizes.filter((size) => size <= capMb);
  const bounded = wished > capMb ? (sufficientSize(allowed, rateAt, GAIN_PER_DOUBLING) ?? Math.floor(capMb)) : wished;
  const verdict = judge(load, bounded, capMb, rateAt);
  const recommendedMb = verdict === "keep" ? limitMb : bounded;
  const memoryBound = wished > capMb;
  const at = (sizeMb: number): PredictedRate => ({ sizeMb, hitRate: rateAt(sizeMb) });
  const reasons = [describeVerdict(verdict, at(limitMb), at(recommendedMb), { unlimitedHitRate, load })];
  if (memoryBound) {
    reasons.push(
      `${megabytes(wished)} would answer ${perCent(rateAt(wished))}, but the memory of this machine leaves ${megabytes(capMb)} for this cache`,
    );
  }
  if (!isFollowed(reuse)) {
    reasons.push(`only ${whole(followed)} of ${whole(reuse.lookUps)} look-ups were recorded with reuse distances`);
  }
  if (refusals > 0) {
    reasons.push(`${whole(refusals)} entries were not kept: each alone was larger than the whole cache`);
  }
  reasons.push(...gapReasons(load, rateAt));
  return {
    ...known,
    verdict,
    recommendedMb,
    memoryBound,
    predicted: {
      half: at(limitMb / 2),
      current: at(limitMb),
      double: at(limitMb * 2),
      recommended: at(recommendedMb),
      unlimitedHitRate,
    },
    reasons,
  };
}

function judge(
  { limitMb, peakUsageMb }: CacheLoad,
  sizeMb: number,
  capMb: number,
  rateAt: (sizeMb: number) => number,
): SizeVerdict {
  if (sizeMb === 0) return limitMb === 0 ? "keep" : "useless";
  if (limitMb > capMb) return "shrink";
  if (sizeMb > limitMb) return rateAt(sizeMb) - rateAt(limitMb) < GAIN_PER_DOUBLING ? "keep" : "grow";
  // A limit takes no memory: lowering it is worth it when half of what entries take would do.
  return sizeMb <= Math.min(limitMb, peakUsageMb ?? limitMb) / 2 ? "shrink" : "keep";
}

function describeVerdict(
  verdict: SizeVerdict,
  current: PredictedRate,
  recommended: PredictedRate,
  { unlimitedHitRate, load }: { readonly unlimitedHitRate: number; readonly load: CacheLoad },
): string {
  const gain = `${GAIN_PER_DOUBLING * 100} points per doubling`;
  const used = `${perCent(unlimitedHitRate)} of the look-ups are of something used before in the same process and valid still`;
  const { peakUsageMb, diskHitRate } = load;
  // What they took between two flushes nobody knows.
  const peak = peakUsageMb ? `; entries took ${megabytes(peakUsageMb)} at most, as far as was recorded` : "";
  switch (verdict) {
    case "useless": {
      const disk = diskHitRate === undefined ? "" : `; the disk answered ${perCent(diskHitRate)}`;
      return `memory is of no use for this load: only ${used}${disk}`;
    }
    case "grow":
      return `${megabytes(recommended.sizeMb)} would answer ${perCent(recommended.hitRate)} instead of ${perCent(current.hitRate)}; beyond it no size earns ${gain}`;
    case "shrink":
      return `${megabytes(recommended.sizeMb)} would answer ${perCent(recommended.hitRate)}, with the ${megabytes(current.sizeMb)} of now ${perCent(current.hitRate)}${peak}`;
    default:
      if (current.sizeMb === 0) return `memory stays off: only ${used}`;
      return `${megabytes(current.sizeMb)} answer ${perCent(current.hitRate)} of at most ${perCent(unlimitedHitRate)}, and no larger size earns ${gain}${peak}`;
  }
}

function gapReasons(load: CacheLoad, rateAt: (sizeMb: number) => number): string[] {
  const { memoryHitRate, recordedLimitMb, limitMb, policy } = load;
  const recordedUnder = recordedLimitMb ?? limitMb;
  if (memoryHitRate === undefined) return [];
  const reasons: string[] = [];
  if (recordedUnder !== limitMb) {
    reasons.push(
      `recorded under a limit of ${megabytes(recordedUnder)}, the configuration now says ${megabytes(limitMb)}`,
    );
  }
  const expected = rateAt(recordedUnder);
  if (Math.abs(expected - memoryHitRate) > UNEXPLAINED_GAP) {
    const why = policy === "slru" ? "slru keeps other entries than lru" : "processes had other limits for a part of it";
    reasons.push(
      `memory answered ${perCent(memoryHitRate)}, where ${perCent(expected)} are predicted for its limit: ${why}`,
    );
  }
  return reasons;
}

function whyUnrecorded({ enabled }: CacheLoad): string {
  return enabled
    ? "no look-ups were recorded: run the work with monitoring enabled"
    : "the cache is switched off, so that nothing is known of its use";
}

function whyTooFew(followed: number, { lookUps }: RecordedReuse): string {
  if (lookUps >= LEAST_LOOK_UPS) {
    return `only ${whole(followed)} of ${whole(lookUps)} look-ups were recorded with reuse distances, which come with monitoring of this version: it takes ${LEAST_LOOK_UPS}`;
  }
  return `${whole(lookUps)} look-ups are too few: it takes ${LEAST_LOOK_UPS} for a prediction within 5 points`;
}

function describeEstimate({ policy }: CacheLoad): string {
  const evicts = policy === "lru" ? "what lru would keep" : "what lru would keep, an estimate for slru";
  return `stack distances (Mattson; of a sample of keys where a process has very many, as SHARDS): ${evicts}`;
}
