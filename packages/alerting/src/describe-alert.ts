import type { Alert } from "./alert-report.ts";
import type { AlertRule } from "./alert-rule.ts";
import { overallState } from "./rule-state.ts";
import { type Silence, silenceOf } from "./silences.ts";
import type { SteppedSeries } from "./step-rule.ts";

/** A series that is pending or fires as an alert with its message; `undefined` for one that does neither. */
export function describeAlert(
  rule: AlertRule,
  series: SteppedSeries,
  silences: readonly Silence[],
  now: number,
): Alert | undefined {
  const { metric, tags, acknowledged } = series.state;
  const { state, level, since } = overallState(series.state);
  if ((state !== "pending" && state !== "firing") || level === undefined || since === undefined) return undefined;
  const { judgement } = series;
  const value = judgement?.kind === "judged" ? judgement.value : null;
  const threshold = thresholdNow(rule, level, value);
  const silence = silenceOf(silences, { rule: rule.name, metric, tags });
  return {
    rule: rule.name,
    metric,
    tags,
    level,
    state,
    value,
    threshold: threshold ?? null,
    message: messageOf(rule, series, { level, threshold, now }).trimEnd(),
    since,
    labels: rule.labels,
    ...(rule.runbookUrl === undefined ? {} : { runbookUrl: rule.runbookUrl }),
    ...(rule.notifiers === undefined ? {} : { notifiers: rule.notifiers }),
    ...(acknowledged === undefined ? {} : { acknowledged }),
    ...(silence === undefined ? {} : { silenced: silencedBy(silence) }),
  };
}

function silencedBy({ id, until, comment }: Silence): NonNullable<Alert["silenced"]> {
  return { id, until, ...(comment === undefined ? {} : { comment }) };
}

/** The threshold that a value is beyond: of an alert that would end only at its clear threshold, that one. */
function thresholdNow(rule: AlertRule, level: Alert["level"], value: number | null): number | undefined {
  if (value === null || rule.isBeyond(value, level) || !rule.isBeyond(value, level, true))
    return rule.thresholdOf(level);
  return rule.clearThresholdOf(level);
}

function messageOf(
  rule: AlertRule,
  { state, judgement, reason }: SteppedSeries,
  { level, threshold, now }: { level: Alert["level"]; threshold: number | undefined; now: number },
): string {
  const { metric, tags } = state;
  const held = state[level];
  const over = held?.state === "firing" ? held.keepSince : undefined;
  if (over !== undefined) {
    const what =
      judgement?.kind === "judged"
        ? `is back at ${Number(judgement.value.toPrecision(4))}`
        : `has no value (${reason})`;
    return `${metric} ${what} since ${Math.round(now - over)} s, and fires on for ${rule.keepFiringForSeconds} s`;
  }
  if (judgement?.kind !== "judged") return `${metric}: ${reason}`;
  const { value, measured, limit, baseline, note = "" } = judgement;
  const { labels, runbookUrl } = rule;
  const numbers = { value, threshold, measured, limit, baseline };
  return rule.message({ rule: rule.name, metric, level, ...numbers, note, runbookUrl, tags, labels });
}
