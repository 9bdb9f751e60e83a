import { type LevelTimes, RESOLVED_SECONDS } from "../src/level-state.ts";

/** An evaluation of one level: when, and whether its condition held. */
export interface Look {
  readonly at: number;
  readonly active: boolean;
}

/**
 * The states of one level after each of some evaluations, by what the words mean and not step by step: it fires at an
 * evaluation that found the condition to hold if it held at all evaluations for `for` before, or if it fired when that run
 * began; and at one that did not as long as `keepFiringFor` has not passed since the first that did not.
 */
export function naiveStates(looks: readonly Look[], times: LevelTimes): string[] {
  const fires: boolean[] = [];
  return looks.map(({ at, active }, i) => {
    let first = i;
    while (first > 0 && looks[first - 1]!.active === active) first--;
    const firedBefore = first > 0 && fires[first - 1] === true;
    const elapsed = at - looks[first]!.at;
    fires[i] = active
      ? firedBefore || elapsed >= times.forSeconds
      : firedBefore && times.keepFiringForSeconds > 0 && elapsed < times.keepFiringForSeconds;
    if (fires[i]) return "firing";
    if (active) return "pending";
    let last = i;
    while (last >= 0 && !fires[last]) last--;
    // Ended at the evaluation after; another pending alert has taken its place since.
    const forgotten = last < 0 || looks.slice(last + 1, i).some((look) => look.active);
    return !forgotten && at - looks[last + 1]!.at <= RESOLVED_SECONDS ? "resolved" : "inactive";
  });
}
