import { type MetricSummary, tagSetKey } from "@giflab/metrics-core";
import type { AlertRule } from "./alert-rule.ts";
import type { Evidence, Judged, Judgement } from "./judgement.ts";
import { beside } from "./metrics-beside.ts";
import type { SummaryIndex } from "./summary-index.ts";

/**
 * Judges a series by its worst writer, each against the limit that it recorded itself: a full cache must not hide behind an
 * empty one in another process. Writers that ended count only when none is left, and then the latest. `undefined` when
 * none is known in the window.
 */
export function judgeWriters(
  rule: AlertRule,
  writers: readonly MetricSummary[],
  { window }: Evidence,
  isInWindow: (one: MetricSummary) => boolean,
): Judgement | undefined {
  const inWindow = writers.filter(isInWindow);
  if (inWindow.length === 0) return undefined;
  const live = inWindow.filter((one) => !one.stale);
  const latest = inWindow.reduce((a, b) => ((b.lastSeen ?? 0) > (a.lastSeen ?? 0) ? b : a));
  const judgements = (live.length > 0 ? live : [latest]).flatMap((summary): Judged[] => {
    const measured = summary[rule.statisticOf(summary.kind)];
    const limit = limitOf(rule, summary, window);
    if (measured === undefined || limit === undefined || !(limit > 0)) return [];
    return [{ kind: "judged", summary, value: measured / limit, measured, limit }];
  });
  if (judgements.length === 0) return { kind: "unjudged", summary: inWindow[0]!, reason: "its limit was not recorded" };
  const worse = (a: number, b: number): boolean => (rule.direction === "above" ? a > b : a < b);
  return judgements.reduce((worst, one) => (worse(one.value, worst.value) ? one : worst));
}

/** The limit that the same writer recorded: under the same tags, else the one of the whole. */
function limitOf(rule: AlertRule, summary: MetricSummary, window: SummaryIndex): number | undefined {
  const { suffix, limitSuffix } = rule.limit!;
  const writer = summary.instance?.writerId;
  const limits = beside(window, summary, suffix, limitSuffix).filter((one) => one.instance?.writerId === writer);
  const same = limits.find((one) => tagSetKey(one.tags) === tagSetKey(summary.tags));
  return (same ?? limits.find((one) => Object.keys(one.tags).length === 0))?.last;
}
