/**
 * One level of one series, as Prometheus keeps an alert. The condition holds since `activeAt`; it is `pending` until it has
 * held for the rule's `for`, fires from `firedAt` on, and is `resolved` at `resolvedAt` when it no longer holds and
 * `keepFiringFor` has passed since `keepSince`, the first evaluation at which it did not. No state is inactive.
 * All times are epoch seconds of evaluations.
 */
export type LevelState =
  | { readonly state: "pending"; readonly activeAt: number }
  | { readonly state: "firing"; readonly activeAt: number; readonly firedAt: number; readonly keepSince?: number }
  | { readonly state: "resolved"; readonly activeAt: number; readonly firedAt: number; readonly resolvedAt: number };

/** How long a resolved alert is remembered: as long as Prometheus goes on sending it. */
export const RESOLVED_SECONDS = 900;

/** Clocks count in milliseconds or less, and the difference of two readings is off by a rounding. */
const ROUNDING_SECONDS = 1e-6;

export interface LevelTimes {
  readonly forSeconds: number;
  readonly keepFiringForSeconds: number;
}

/**
 * The state after an evaluation at `at` that found the condition to hold (`active`) or not; the very same object when
 * nothing has changed. The order of comparisons is that of Prometheus' `AlertingRule.Eval`: `for` and `keepFiringFor` are
 * counted between evaluations, so an alert fires at the first evaluation that is at least `for` after the first that
 * found the condition to hold, with none between that did not.
 *
 * Evaluated every 60 s with `for` 120: active at 0, 60, 120 is pending, pending, firing.
 */
export function stepLevel(
  before: LevelState | undefined,
  active: boolean,
  at: number,
  { forSeconds, keepFiringForSeconds }: LevelTimes,
): LevelState | undefined {
  if (active) {
    if (before?.state === "firing") {
      if (before.keepSince === undefined) return before;
      return { state: "firing", activeAt: before.activeAt, firedAt: before.firedAt };
    }
    // A clock that was set back must not keep an alert from firing.
    const activeAt = before?.state === "pending" ? Math.min(before.activeAt, at) : at;
    if (at - activeAt >= forSeconds - ROUNDING_SECONDS) return { state: "firing", activeAt, firedAt: at };
    return before?.state === "pending" && before.activeAt === activeAt ? before : { state: "pending", activeAt };
  }
  if (before === undefined || before.state === "pending") return undefined;
  if (before.state === "resolved") return at - before.resolvedAt > RESOLVED_SECONDS ? undefined : before;
  const { activeAt, firedAt } = before;
  if (keepFiringForSeconds > 0) {
    const keepSince = Math.min(before.keepSince ?? at, at);
    if (at - keepSince < keepFiringForSeconds - ROUNDING_SECONDS) {
      return keepSince === before.keepSince ? before : { state: "firing", activeAt, firedAt, keepSince };
    }
  }
  return { state: "resolved", activeAt, firedAt, resolvedAt: at };
}
