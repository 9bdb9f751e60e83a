import type { MetricSummary } from "@giflab/metrics-core";
import type { AlertRule } from "./alert-rule.ts";
import type { Evidence, Judgement } from "./judgement.ts";

/**
 * Judges a series by the ratio of its statistic to that of its past.
 *
 * How much past is enough is a question of when the series was first seen, not of covered time: a job that runs ten seconds
 * every five minutes covers two minutes an hour, and would learn for longer than a day's lookback lasts. What must be
 * covered is as much as the window itself covers, so that the past is no thinner than what it is compared with.
 */
export function judgeBaseline(
  rule: AlertRule,
  summary: MetricSummary,
  measured: number,
  evidence: Evidence,
): Judgement {
  const { minHistorySeconds, minSamples, floor, past: wanted } = rule.baseline!;
  const learning = (reason: string): Judgement => ({ kind: "learning", summary, reason });
  if (evidence.pastProblem !== undefined) return learning(evidence.pastProblem);
  const before = evidence.past.same(summary);
  if (before === undefined) return learning(NOTHING[wanted.kind]);
  const history = Math.max(before.covered, evidence.from - (before.firstSeen ?? evidence.from));
  if (wanted.kind !== "file" && history < minHistorySeconds) {
    return learning(`${Math.round(history)} of ${minHistorySeconds} seconds of history`);
  }
  // Of the same window earlier, half is enough: there need not have been more.
  const least = wanted.kind === "lookback" ? summary.covered : wanted.kind === "offset" ? summary.covered / 2 : 0;
  if (before.covered < least - 1e-6 || before.covered === 0) {
    return learning(`${Math.round(before.covered)} of ${Math.ceil(least)} seconds were recorded before`);
  }
  const samples = before.kind === "histogram" || before.kind === "timer" ? before.count : undefined;
  if (samples !== undefined && samples < minSamples) return learning(`${samples} of ${minSamples} earlier samples`);
  const statistic = rule.statisticOf(summary.kind);
  const normal = before[statistic] ?? 0;
  // It raises no alert, whichever side is bad.
  if (measured < floor) {
    return { kind: "judged", summary, value: rule.direction === "above" ? 0 : 1, measured, baseline: normal };
  }
  // A rate that was 0 before has no ratio; one event in all that time stands in for "never". Other statistics have units
  // of their own, seconds for instance, which must not be compared with a rate.
  const reference = Math.max(normal, statistic === "rate" ? 1 / before.covered : 0);
  if (!(reference > 0)) return learning(`its ${statistic} was ${normal} before, so there is no ratio`);
  return { kind: "judged", summary, value: measured / reference, measured, baseline: normal };
}

const NOTHING = {
  lookback: "nothing of it was recorded before the window",
  offset: "nothing of it was recorded in the earlier window",
  file: "the baseline file has nothing of it",
} as const;
