import type { MetricSummary } from "@giflab/metrics-core";
import type { AlertRule } from "./alert-rule.ts";
import type { SummaryIndex } from "./summary-index.ts";

/** Another name for the end of a metric's name; `undefined` when it does not end so. */
export function suffixReplaced(name: string, suffix: string, other: string): string | undefined {
  return name.endsWith(suffix) ? name.slice(0, -suffix.length) + other : undefined;
}

/** The series of the metric that stands beside another under the same name but for its end. */
export function beside(
  window: SummaryIndex,
  of: MetricSummary,
  suffix: string,
  other: string,
): readonly MetricSummary[] {
  const name = suffixReplaced(of.name, suffix, other);
  return name === undefined ? [] : window.named(name);
}

/** The metrics that must be asked for to judge a rule: its own, and those beside it. */
export function wantedNames({ metricPattern, limit, avoidable }: AlertRule): readonly string[] {
  const others = [
    limit && suffixReplaced(metricPattern, limit.suffix, limit.limitSuffix),
    avoidable && suffixReplaced(metricPattern, avoidable.suffix, avoidable.avoidableSuffix),
  ];
  return [metricPattern, ...others.filter((name) => name !== undefined)];
}
