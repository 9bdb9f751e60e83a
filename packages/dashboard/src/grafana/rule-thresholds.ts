import { globMatcher } from "@giflab/metrics-core";
import type { ThresholdsOf } from "./panel-thresholds.ts";

/** What an alert rule says of thresholds; an `AlertRule` fits. */
export interface ThresholdRule {
  /** Glob of the metric's name. */
  readonly metricPattern: string;
  readonly direction: "above" | "below";
  readonly warningThreshold?: number | undefined;
  readonly criticalThreshold?: number | undefined;
  /** Default: that of the kind of metric. */
  readonly statistic?: string | undefined;
  /** Set: the value is compared as a share of another metric. */
  readonly limit?: object | undefined;
  /** Set: the value is compared with its own past, so that there is no level to draw. */
  readonly baseline?: object | undefined;
}

/** The thresholds of the first rule that compares what a line shows. */
export function ruleThresholds(rules: readonly ThresholdRule[]): ThresholdsOf {
  const fixed = rules
    .filter(({ baseline }) => baseline === undefined)
    .map((rule) => ({ rule, matches: globMatcher(rule.metricPattern) }));
  return (line) => {
    const found = fixed.find(
      ({ rule, matches }) =>
        matches(line.metric) &&
        (rule.limit === undefined) === (line.limit === undefined) &&
        // A rule without one and a line without one both mean what is usual for the kind of metric.
        rule.statistic === line.statistic,
    );
    if (found === undefined) return undefined;
    const { direction, warningThreshold: warning, criticalThreshold: critical } = found.rule;
    return { direction, warning, critical };
  };
}
