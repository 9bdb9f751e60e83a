import { formulaInputs, globMatcher, hasTags, type MetricSummary, parseFormula, tagSetKey } from "@giflab/metrics-core";
import type { AlertRule } from "./alert-rule.ts";

/** How one series stands with a rule. */
export type Judgement =
  | {
      readonly kind: "judged";
      readonly summary: MetricSummary;
      readonly level: "ok" | "warning" | "critical";
      readonly value: number;
      readonly measured: number;
      readonly limit: number | undefined;
      readonly baseline: number | undefined;
    }
  | { readonly kind: "learning" | "noData"; readonly summary: MetricSummary; readonly reason: string };

/** Judges every series that a rule is about. `from` is the window's start; `past` summarises what lay before it, for baselines. */
export function judgeRule(
  rule: AlertRule,
  summaries: readonly MetricSummary[],
  past: readonly MetricSummary[],
  from: number,
): readonly Judgement[] {
  const matches = globMatcher(rule.metricPattern);
  return summaries
    .filter((summary) => matches(summary.name) && hasTags(summary.tags, rule.tags))
    .map((summary) => judge(rule, summary, summaries, past, from));
}

function judge(
  rule: AlertRule,
  summary: MetricSummary,
  all: readonly MetricSummary[],
  past: readonly MetricSummary[],
  from: number,
): Judgement {
  const noData = (reason: string): Judgement => ({ kind: "noData", summary, reason });
  const measured = summary[rule.statisticOf(summary.kind)];
  if (measured === undefined) return noData("nothing was recorded in the window");
  if (summary.stale && (summary.lastSeen ?? 0) <= from) return noData("its last process ended before the window");
  const samples = samplesOf(summary, all);
  if (samples !== undefined && samples < rule.minSamples)
    return noData(`${samples} of at least ${rule.minSamples} samples`);
  const judged = (value: number, limit?: number, baseline?: number): Judgement => {
    return { kind: "judged", summary, level: rule.levelOf(value), value, measured, limit, baseline };
  };
  if (rule.limit !== undefined) {
    const limit = limitOf(rule, summary, all);
    return limit === undefined || !(limit > 0) ? noData("its limit was not recorded") : judged(measured / limit, limit);
  }
  if (rule.baseline === undefined) return judged(measured);
  const { minHistorySeconds, minSamples, floor } = rule.baseline;
  const before = past.find((one) => one.name === summary.name && tagSetKey(one.tags) === tagSetKey(summary.tags));
  const covered = before?.covered ?? 0;
  if (covered < minHistorySeconds) {
    return { kind: "learning", summary, reason: `${Math.round(covered)} of ${minHistorySeconds} seconds of history` };
  }
  if ((before?.count ?? 0) < minSamples) {
    return { kind: "learning", summary, reason: `${before?.count ?? 0} of ${minSamples} earlier samples` };
  }
  const normal = before?.[rule.statisticOf(summary.kind)] ?? 0;
  // A series that was quiet before has no ratio; one event in all that time stands in for "never".
  return judged(measured < floor ? 0 : measured / Math.max(normal, 1 / covered), undefined, normal);
}

/** Calls behind a number: of a derived metric, what its counters counted. Gauges have none. */
function samplesOf(summary: MetricSummary, all: readonly MetricSummary[]): number | undefined {
  if (summary.kind === "histogram" || summary.kind === "timer") return summary.count;
  if (summary.kind !== "derived" || summary.formula === undefined) return undefined;
  const inputs = formulaInputs(parseFormula(summary.formula));
  return all
    .filter((one) => one.kind === "counter" && inputs.includes(one.name) && hasTags(one.tags, summary.tags))
    .reduce((total, one) => total + (one.sum ?? 0), 0);
}

function limitOf(rule: AlertRule, summary: MetricSummary, all: readonly MetricSummary[]): number | undefined {
  const { suffix, limitSuffix } = rule.limit!;
  if (!summary.name.endsWith(suffix)) return undefined;
  const name = summary.name.slice(0, -suffix.length) + limitSuffix;
  const beside = all.filter((one) => one.name === name);
  return (beside.find((one) => tagSetKey(one.tags) === tagSetKey(summary.tags)) ?? beside[0])?.last;
}

/** The metrics that must be asked for to judge a rule: its own, its limits, and the inputs of derived ones. */
export function wantedNames(rule: AlertRule): readonly string[] {
  const { limit, metricPattern } = rule;
  if (limit === undefined || !metricPattern.endsWith(limit.suffix)) return [metricPattern];
  return [metricPattern, metricPattern.slice(0, -limit.suffix.length) + limit.limitSuffix];
}
