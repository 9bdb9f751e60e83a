/**
 * What was measured on one side of a comparison, unit by unit. A unit is a run (one process from start to end) or a stretch
 * of time of one process; never a single call, because the calls of a process have its moods in common.
 */
export interface UnitSample {
  /**
   * One row per unit, all of the same length: numbers that may be added up over units, such as seconds spent and calls made.
   * In order of time within a sequence.
   */
  readonly units: readonly Float64Array[];
  /** Where each sequence of neighbouring units begins, rising from 0: the units of one process. */
  readonly sequences: readonly number[];
  /** What sums over units mean, such as seconds per call. `undefined` when they mean nothing (0/0). */
  readonly estimate: (sums: Float64Array) => number | undefined;
}

/** The estimate over all units; `undefined` without any. */
export function estimateOf({ units, estimate }: UnitSample): number | undefined {
  if (units.length === 0) return undefined;
  return estimate(sumsOf(units));
}

/** The estimate of each unit alone, leaving out those that have none. */
export function unitValues({ units, estimate }: UnitSample): number[] {
  return units.map((unit) => estimate(unit)).filter((value) => value !== undefined);
}

/**
 * How much each unit moves the estimate, as the difference it makes to leave it out times the number of units: what a mean
 * over rows of different weight has instead of its terms. They are about 0 in the mean.
 */
export function influences({ units, estimate }: UnitSample): Float64Array {
  const sums = sumsOf(units);
  const whole = estimate(sums) ?? 0;
  const rest = new Float64Array(sums.length);
  return Float64Array.from(units, (unit) => {
    for (let column = 0; column < rest.length; column++) rest[column] = sums[column]! - unit[column]!;
    return (units.length - 1) * (whole - (estimate(rest) ?? whole));
  });
}

function sumsOf(units: readonly Float64Array[]): Float64Array {
  const sums = new Float64Array(units[0]!.length);
  for (const unit of units) for (let column = 0; column < sums.length; column++) sums[column]! += unit[column]!;
  return sums;
}
