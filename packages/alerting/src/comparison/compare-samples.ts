import { dependenceOf } from "./autocorrelation.ts";
import { bootstrapEstimates, seededSource } from "./block-bootstrap.ts";
import { mannWhitney } from "./mann-whitney.ts";
import { estimateOf, influences, type UnitSample, unitValues } from "./unit-sample.ts";

/** Fewer units on a side, or fewer independent ones that they are worth, say nothing. */
export const MIN_UNITS = 8;
export const MIN_INDEPENDENT_UNITS = 5;

const ROUNDS = 2000;
const SEED = 20_211_013;

/** What became of a number. `changed` is for metrics of which nobody knows whether more is better. */
export type Verdict = "better" | "worse" | "changed" | "same" | "inconclusive";

export interface SampleComparison {
  readonly verdict: Verdict;
  /** Estimates over all units. */
  readonly before: number | undefined;
  readonly after: number | undefined;
  /** `after / before - 1`: 0.15 is 15 % more; `undefined` where `before` is 0 or nothing. */
  readonly change: number | undefined;
  /** 95 % interval of `change`. */
  readonly interval: readonly [number, number] | undefined;
  /** Of a Mann-Whitney test on the units, with the variance widened for dependence. */
  readonly pValue: number | undefined;
  /** Units on either side. */
  readonly units: readonly [number, number];
  /** Why it is inconclusive, or what is special about it. */
  readonly note: string | undefined;
}

export interface SampleComparisonOptions {
  /** The smallest change that matters, as a share: 0.1 is 10 %. Above 0. */
  readonly threshold: number;
  /** Which direction is good; `undefined`: unknown. */
  readonly better: "higher" | "lower" | undefined;
}

/**
 * Compares two samples of units. The verdict is `better`, `worse` (or `changed`) when the estimated change exceeds the
 * threshold *and* its 95 % interval excludes 0; `same` when the whole interval lies within the threshold; `inconclusive`
 * otherwise, and with too few units. Deterministic: the same samples give the same answer. Takes some milliseconds.
 *
 * The interval is that of a circular block bootstrap (2.5 % and 97.5 % of 2,000 rounds), widened by n / (n - 1) for small
 * samples.
 */
export function compareSamples(
  before: UnitSample,
  after: UnitSample,
  { threshold, better }: SampleComparisonOptions,
): SampleComparison {
  const units = [before.units.length, after.units.length] as const;
  const [old, now] = [estimateOf(before), estimateOf(after)];
  const base = { before: old, after: now, units };
  const nothing = { change: undefined, interval: undefined, pValue: undefined };
  const inconclusive = (note: string): SampleComparison => ({ ...base, ...nothing, verdict: "inconclusive", note });
  if (old === undefined || now === undefined) {
    return inconclusive(old === now ? "nothing to compare" : `nothing ${old === undefined ? "before" : "after"}`);
  }
  if (Math.min(...units) < MIN_UNITS) return inconclusive(`fewer than ${MIN_UNITS} units on a side`);
  const random = seededSource(SEED);
  const sides = [before, after].map((sample) => {
    const { blockLength, inflation } = dependenceOf(influences(sample), sample.sequences);
    return {
      inflation,
      worth: sample.units.length / inflation,
      drawn: bootstrapEstimates(sample, { blockLength, rounds: ROUNDS, random }),
    };
  });
  const pValue = mannWhitney(
    unitValues(before),
    unitValues(after),
    Math.max(...sides.map(({ inflation }) => inflation)),
  );
  const worth = Math.min(...sides.map((side) => side.worth));
  if (worth < MIN_INDEPENDENT_UNITS) {
    const note = `neighbouring units are so alike that they are worth ${worth.toFixed(1)} independent ones`;
    return { ...inconclusive(note), change: changeOf(old, now), pValue };
  }
  if (old === 0) return { ...base, ...nothing, pValue, ...fromNothing(now, sides[1]!.drawn, better) };
  const change = now / old - 1;
  const interval = intervalOf(sides[0]!.drawn, sides[1]!.drawn, change, Math.min(...units));
  if (interval === undefined) return { ...inconclusive("too little of it was recorded"), change, pValue };
  const found = verdictOf(change, interval, threshold, better);
  const beyond = Math.abs(change) > threshold ? "the interval contains 0" : "the interval reaches beyond the threshold";
  const note = found === "inconclusive" ? beyond : undefined;
  return { ...base, verdict: found, change, interval, pValue, note };
}

function changeOf(before: number, after: number): number | undefined {
  return before === 0 ? undefined : after / before - 1;
}

/** The 95 % interval of the change over pairs of resamples; `undefined` when too many have no change. */
function intervalOf(
  before: readonly (number | undefined)[],
  after: readonly (number | undefined)[],
  change: number,
  units: number,
): readonly [number, number] | undefined {
  const changes: number[] = [];
  for (const [round, old] of before.entries()) {
    const now = after[round];
    if (old !== undefined && old !== 0 && now !== undefined) changes.push(now / old - 1);
  }
  if (changes.length < 0.95 * before.length) return undefined;
  changes.sort((a, b) => a - b);
  const wider = Math.sqrt(units / (units - 1));
  const at = (share: number): number => changes[Math.min(changes.length - 1, Math.floor(share * changes.length))]!;
  return [change + (at(0.025) - change) * wider, change + (at(0.975) - change) * wider];
}

function verdictOf(
  change: number,
  [low, high]: readonly [number, number],
  threshold: number,
  better: "higher" | "lower" | undefined,
): Verdict {
  if (Math.abs(change) > threshold && (low > 0 || high < 0)) return directed(change > 0, better);
  return low >= -threshold && high <= threshold ? "same" : "inconclusive";
}

function directed(more: boolean, better: "higher" | "lower" | undefined): Verdict {
  if (better === undefined) return "changed";
  return more === (better === "higher") ? "better" : "worse";
}

/** There was none of it before, so that any is infinitely more; a resample without any says that it may be chance. */
function fromNothing(
  now: number,
  drawn: readonly (number | undefined)[],
  better: "higher" | "lower" | undefined,
): Pick<SampleComparison, "verdict" | "note"> {
  if (now === 0) return { verdict: "same", note: "0 before and after" };
  const without = drawn.filter(
    (estimate) => estimate === undefined || (now > 0 ? estimate <= 0 : estimate >= 0),
  ).length;
  if (without > 0.025 * drawn.length) return { verdict: "inconclusive", note: "0 before, and seldom now" };
  return { verdict: directed(now > 0, better), note: "0 before" };
}
