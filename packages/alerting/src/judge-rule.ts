import { hasTags, type MetricSummary } from "@giflab/metrics-core";
import type { AlertRule, SummaryStatistic } from "./alert-rule.ts";
import { judgeAvoidable } from "./judge-avoidable.ts";
import { judgeBaseline } from "./judge-baseline.ts";
import { judgeWriters } from "./judge-limit.ts";
import type { Evidence, Judgement, NotJudged } from "./judgement.ts";
import { countedCalls, inputNames } from "./summary-calls.ts";
import { seriesKey } from "./summary-index.ts";

/** Judges every series that a rule is about. */
export function judgeRule(rule: AlertRule, evidence: Evidence): readonly Judgement[] {
  const about = evidence.window.matching(rule.metricPattern).filter((one) => rule.filter.takes(one.name, one.tags));
  if (rule.limit === undefined) return about.map((summary) => judge(rule, summary, evidence));
  const isLive = (one: MetricSummary): boolean => !isOver(one, evidence);
  return [...Map.groupBy(about, seriesKey).values()].map(
    (writers) => judgeWriters(rule, writers, evidence, isLive) ?? notJudged("noData", writers[0]!, ENDED),
  );
}

const ENDED = "its last process ended before the window";

function judge(rule: AlertRule, summary: MetricSummary, evidence: Evidence): Judgement {
  const statistic = rule.statisticOf(summary.kind);
  const measured = summary[statistic];
  if (!applies(statistic, summary.kind)) {
    const kind = summary.kind === "derived" ? "derived metric" : summary.kind;
    return notJudged(
      "unjudged",
      summary,
      `a ${kind} has no ${statistic}: it has ${APPLICABLE[summary.kind].join(", ")}`,
    );
  }
  if (measured === undefined) return notJudged("noData", summary, "nothing was recorded in the window");
  if (isOver(summary, evidence)) return notJudged("noData", summary, ENDED);
  if (rule.avoidable !== undefined) return judgeAvoidable(rule, summary, measured, evidence);
  const samples = countedCalls(summary, evidence.window);
  if (samples !== undefined && samples < rule.minSamples) {
    return notJudged("unjudged", summary, `${samples} of at least ${rule.minSamples} samples`);
  }
  if (rule.baseline !== undefined) return judgeBaseline(rule, summary, measured, evidence);
  return { kind: "judged", summary, value: measured, measured };
}

const DISTRIBUTION: readonly SummaryStatistic[] = [
  "count",
  "sum",
  "rate",
  "min",
  "max",
  "mean",
  "last",
  "p50",
  "p90",
  "p95",
  "p99",
  "p999",
];

const APPLICABLE: Readonly<Record<MetricSummary["kind"], readonly SummaryStatistic[]>> = {
  counter: ["count", "sum", "rate"],
  gauge: ["last", "min", "max", "mean", "count"],
  histogram: DISTRIBUTION,
  timer: DISTRIBUTION,
  derived: ["value"],
};

function applies(statistic: SummaryStatistic, kind: MetricSummary["kind"]): boolean {
  return APPLICABLE[kind].includes(statistic);
}

function notJudged(kind: NotJudged["kind"], summary: MetricSummary, reason: string): NotJudged {
  return { kind, summary, reason };
}

/** Whether a gauge, or a gauge that a derived metric needs, is only known from before the window. */
function isOver(summary: MetricSummary, { from, window }: Evidence): boolean {
  const old = (one: MetricSummary): boolean => one.stale && (one.lastSeen ?? 0) <= from;
  if (summary.kind !== "derived") return old(summary);
  return inputNames(summary).some((name) => {
    const series = window.named(name).filter((one) => hasTags(one.tags, summary.tags));
    return series.length > 0 && series.every(old);
  });
}
