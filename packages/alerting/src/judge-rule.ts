import { formulaInputs, globMatcher, hasTags, type MetricSummary, parseFormula, tagSetKey } from "@giflab/metrics-core";
import type { AlertRule } from "./alert-rule.ts";
import { type SummaryIndex, seriesKey } from "./summary-index.ts";

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

/** What a rule is judged on. */
export interface Evidence {
  /** Start of the window, epoch seconds. */
  readonly from: number;
  /** The window, merged over writers; of a rule with a limit, each writer's own. */
  readonly window: SummaryIndex;
  /** What lay before the window, of a rule with a baseline. */
  readonly past: SummaryIndex;
}

/** Judges every series that a rule is about. */
export function judgeRule(rule: AlertRule, evidence: Evidence): readonly Judgement[] {
  const matches = globMatcher(rule.metricPattern);
  const about = evidence.window.all.filter((one) => matches(one.name) && hasTags(one.tags, rule.tags));
  if (rule.limit === undefined) return about.map((summary) => judge(rule, summary, evidence));
  return [...Map.groupBy(about, seriesKey).values()].map((writers) => judgeWriters(rule, writers, evidence));
}

function judge(rule: AlertRule, summary: MetricSummary, evidence: Evidence): Judgement {
  const measured = summary[rule.statisticOf(summary.kind)];
  if (measured === undefined) return noData(summary, "nothing was recorded in the window");
  if (isOver(summary, evidence)) return noData(summary, ENDED);
  const samples = samplesOf(summary, evidence.window);
  if (samples !== undefined && samples < rule.minSamples) {
    return noData(summary, `${samples} of at least ${rule.minSamples} samples`);
  }
  if (rule.baseline === undefined) return judged(rule, summary, measured, measured);
  const { minHistorySeconds, minSamples, floor } = rule.baseline;
  const before = evidence.past.same(summary);
  const covered = before?.covered ?? 0;
  if (covered < minHistorySeconds) {
    return { kind: "learning", summary, reason: `${Math.round(covered)} of ${minHistorySeconds} seconds of history` };
  }
  if ((before?.count ?? 0) < minSamples) {
    return { kind: "learning", summary, reason: `${before?.count ?? 0} of ${minSamples} earlier samples` };
  }
  const statistic = rule.statisticOf(summary.kind);
  const normal = before?.[statistic] ?? 0;
  // A rate that was 0 before has no ratio; one event in all that time stands in for "never". Other statistics have units
  // of their own, seconds for instance, which must not be compared with a rate.
  const least = statistic === "rate" ? 1 / covered : 0;
  const reference = Math.max(normal, least);
  if (measured < floor) return judged(rule, summary, 0, measured, undefined, normal);
  if (!(reference > 0))
    return { kind: "learning", summary, reason: `its ${statistic} was 0 before, so there is no ratio` };
  return judged(rule, summary, measured / reference, measured, undefined, normal);
}

/**
 * Judges a series by its worst writer, each against the limit that it recorded itself: a full cache must not hide behind an
 * empty one in another process. Writers that ended count only when none is left, and then the latest.
 */
function judgeWriters(rule: AlertRule, writers: readonly MetricSummary[], evidence: Evidence): Judgement {
  const inWindow = writers.filter((one) => !isOver(one, evidence));
  if (inWindow.length === 0) return noData(writers[0]!, ENDED);
  const live = inWindow.filter((one) => !one.stale);
  const latest = inWindow.reduce((a, b) => ((b.lastSeen ?? 0) > (a.lastSeen ?? 0) ? b : a));
  const judgements = (live.length > 0 ? live : [latest]).flatMap((summary) => {
    const measured = summary[rule.statisticOf(summary.kind)];
    const limit = limitOf(rule, summary, evidence.window);
    if (measured === undefined || limit === undefined || !(limit > 0)) return [];
    return [judged(rule, summary, measured / limit, measured, limit)];
  });
  if (judgements.length === 0) return noData(inWindow[0]!, "its limit was not recorded");
  const worse = (a: number, b: number): boolean => (rule.direction === "above" ? a > b : a < b);
  return judgements.reduce((worst, one) => (worse(one.value, worst.value) ? one : worst));
}

const ENDED = "its last process ended before the window";

function noData(summary: MetricSummary, reason: string): Judgement {
  return { kind: "noData", summary, reason };
}

function judged(
  rule: AlertRule,
  summary: MetricSummary,
  value: number,
  measured: number,
  limit?: number,
  baseline?: number,
): Judgement & { readonly kind: "judged" } {
  return { kind: "judged", summary, level: rule.levelOf(value), value, measured, limit, baseline };
}

/** Whether a gauge, or a gauge that a derived metric needs, is only known from before the window. */
function isOver(summary: MetricSummary, { from, window }: Evidence): boolean {
  const old = (one: MetricSummary): boolean => one.stale && (one.lastSeen ?? 0) <= from;
  if (summary.kind !== "derived") return old(summary);
  return inputsOf(summary).some((name) => {
    const series = window.named(name).filter((one) => hasTags(one.tags, summary.tags));
    return series.length > 0 && series.every(old);
  });
}

/** Calls behind a number: of a derived metric, what its inputs counted. Gauges have none, nor what is derived of gauges. */
function samplesOf(summary: MetricSummary, window: SummaryIndex): number | undefined {
  if (summary.kind === "histogram" || summary.kind === "timer") return summary.count;
  const counted = inputsOf(summary)
    .flatMap((name) => window.named(name))
    .filter((one) => one.kind !== "gauge" && hasTags(one.tags, summary.tags));
  if (counted.length === 0) return undefined;
  return counted.reduce((total, one) => total + (one.kind === "counter" ? (one.sum ?? 0) : one.count), 0);
}

function inputsOf({ formula }: MetricSummary): readonly string[] {
  return formula === undefined ? [] : formulaInputs(parseFormula(formula));
}

/** The limit that the same writer recorded: under the same tags, else the one of the whole. */
function limitOf(rule: AlertRule, summary: MetricSummary, window: SummaryIndex): number | undefined {
  const { suffix, limitSuffix } = rule.limit!;
  if (!summary.name.endsWith(suffix)) return undefined;
  const writer = summary.instance?.writerId;
  const beside = window
    .named(summary.name.slice(0, -suffix.length) + limitSuffix)
    .filter((one) => one.instance?.writerId === writer);
  const same = beside.find((one) => tagSetKey(one.tags) === tagSetKey(summary.tags));
  return (same ?? beside.find((one) => Object.keys(one.tags).length === 0))?.last;
}

/** The metrics that must be asked for to judge a rule: its own and its limits. */
export function wantedNames(rule: AlertRule): readonly string[] {
  const { limit, metricPattern } = rule;
  if (limit === undefined || !metricPattern.endsWith(limit.suffix)) return [metricPattern];
  return [metricPattern, metricPattern.slice(0, -limit.suffix.length) + limit.limitSuffix];
}
