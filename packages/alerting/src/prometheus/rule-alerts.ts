import { globMatcher, isMetricsError } from "@giflab/metrics-core";
import type { AlertRule } from "../alert-rule.ts";
import type { AlertLevel } from "../alert-rule-options.ts";
import { labelName } from "../notify/notification.ts";
import { bucketRemarks } from "./bucket-remarks.ts";
import { type KnownMetric, nameClash } from "./known-metrics.ts";
import { type Measure, type MeasuredRule, NotExpressible, number } from "./measure.ts";
import { literal, messageAnnotation } from "./message-annotation.ts";
import { prometheusDuration } from "./prometheus-duration.ts";
import { ruleMeasure } from "./rule-measure.ts";
import { quoted, seriesMatchers } from "./series-matchers.ts";

/** An alerting rule as Prometheus reads it. */
export interface PrometheusAlert {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly keep_firing_for?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** A rule in Prometheus' words. */
export interface RuleAlerts {
  readonly rule: string;
  readonly alerts: readonly PrometheusAlert[];
  /** What is left out. */
  readonly missing: readonly string[];
  /** What is not quite the same there. */
  readonly differing: readonly string[];
}

/** The alerts of a rule: a critical and a warning one for each metric that it is about, and one for missing data if it asks for that. */
export function ruleAlerts(
  rule: AlertRule,
  known: ReadonlyMap<string, KnownMetric>,
  windowSeconds: number,
): RuleAlerts {
  const matchers = seriesMatchers(rule.toJSON());
  const missing: string[] = [];
  const measured: { readonly of: MeasuredRule; readonly measure: Measure }[] = [];
  for (const metric of metricsOf(rule, known)) {
    const { name } = metric.definition;
    try {
      const clash = nameClash(metric, known);
      if (clash !== undefined) throw new NotExpressible(`${clash} has the same name in Prometheus`);
      if (lacksTag(rule, metric)) continue;
      const of = { rule, metric, known, matchers, windowSeconds: rule.windowSeconds ?? windowSeconds };
      measured.push({ of, measure: ruleMeasure(of) });
    } catch (error) {
      // The formula of a newer version cannot be read.
      if (!(error instanceof NotExpressible) && !isMetricsError(error)) throw error;
      missing.push(`${name}: ${error.message}`);
    }
  }
  if (measured.length === 0 && missing.length === 0) {
    missing.push(`no metric is known that ${rule.metricPattern} is about: export where its program has recorded`);
  }
  const alerts = measured.flatMap(({ of, measure }) =>
    (["critical", "warning"] as const).flatMap((level) => levelAlert(of, measure, level) ?? []),
  );
  const absent = absentAlert(
    rule,
    measured.map(({ measure }) => measure),
  );
  return {
    rule: rule.name,
    alerts: absent === undefined ? alerts : [...alerts, absent],
    missing,
    differing: measured.length === 0 ? [] : [...differences(rule), ...measured.flatMap(({ of }) => bucketRemarks(of))],
  };
}

function metricsOf(rule: AlertRule, known: ReadonlyMap<string, KnownMetric>): readonly KnownMetric[] {
  const matches = globMatcher(rule.metricPattern);
  const { exclude } = rule.toJSON();
  const excluded = exclude === undefined ? undefined : globMatcher(exclude);
  return [...known.values()].filter(({ definition: { name } }) => matches(name) && excluded?.(name) !== true);
}

/** What is derived has only the tags that it is grouped by. */
function lacksTag(rule: AlertRule, { definition }: KnownMetric): boolean {
  if (definition.kind !== "derived") return false;
  return Object.keys(rule.toJSON().tags ?? {}).some((tag) => definition.groupBy?.includes(tag) !== true);
}

function levelAlert(of: MeasuredRule, measure: Measure, level: AlertLevel): PrometheusAlert | undefined {
  const { rule, metric } = of;
  if (rule.thresholdOf(level) === undefined) return undefined;
  const labels = alertLabels(rule, level, metric.definition.name);
  const holds = [condition(rule, measure, level, labels), ...measure.guards].join("\nand ");
  const inUnits = measure.factor === 1 ? holds : `(\n${indented(holds)}\n) / ${number(measure.factor)}`;
  const yields = level === "warning" && rule.criticalThreshold !== undefined && !isImmediate(rule);
  return {
    alert: rule.name,
    // A warning does not fire while its critical alert does.
    expr: yields ? `${inUnits}\nunless ${firing(rule, { ...labels, severity: "critical" })}` : inUnits,
    ...durations(rule),
    labels,
    annotations: { summary: messageAnnotation(of, level), ...runbook(rule) },
  };
}

/** Beyond the threshold, or not yet back at the clear threshold. */
function condition(
  rule: AlertRule,
  { value, factor }: Measure,
  level: AlertLevel,
  labels: PrometheusAlert["labels"],
): string {
  const beyond = comparison(rule, value, rule.thresholdOf(level)! * factor);
  if (rule.clearThresholdOf(level) !== rule.thresholdOf(level)) {
    const back = comparison(rule, value, rule.clearThresholdOf(level)! * factor);
    return `(\n  ${beyond}\n  or ${back} and ${firing(rule, labels)}\n)`;
  }
  if (level === "critical" || rule.criticalThreshold === undefined || !isImmediate(rule)) return beyond;
  // Alerts that begin and end with their values: what is critical is known without looking at the other one.
  return `${beyond} ${rule.direction === "above" ? "<=" : ">="} ${number(rule.criticalThreshold * factor)}`;
}

function comparison(rule: AlertRule, value: string, threshold: number): string {
  return `${value} ${rule.direction === "above" ? ">" : "<"} ${number(threshold)}`;
}

/** Set operator's right side: the alert of the same series that fires. */
function firing(rule: AlertRule, { severity, metric }: PrometheusAlert["labels"]): string {
  const ignored = ["alertname", "alertstate", ...Object.keys(alertLabels(rule, "warning", "")).sort()];
  const matchers = Object.entries({ alertname: rule.name, alertstate: "firing", metric: metric!, severity: severity! });
  const series = matchers.map(([name, value]) => `${name}=${quoted(value)}`).join(",");
  return `ignoring (${ignored.join(", ")}) ALERTS{${series}}`;
}

function isImmediate(rule: AlertRule): boolean {
  const levels = ["warning", "critical"] as const;
  const clearsAtThreshold = levels.every((level) => rule.clearThresholdOf(level) === rule.thresholdOf(level));
  return rule.forSeconds === 0 && rule.keepFiringForSeconds === 0 && clearsAtThreshold;
}

/** Nothing at all is known that the rule is about, and it asks for an alert then. */
function absentAlert(rule: AlertRule, measures: readonly Measure[]): PrometheusAlert | undefined {
  const level = rule.noData;
  if ((level !== "warning" && level !== "critical") || measures.length === 0) return undefined;
  // Nothing divided by nothing is no value either.
  const values = measures.map(({ value }) => `${value} >= -Inf`);
  return {
    alert: rule.name,
    expr: `absent(\n${indented(values.join("\nor "))}\n)`,
    ...durations(rule),
    // The rule's alert of a metric of that name is another one.
    labels: { ...alertLabels(rule, level, rule.metricPattern), no_data: "true" },
    annotations: { summary: `${literal(rule.metricPattern)}: no data`, ...runbook(rule) },
  };
}

function alertLabels(rule: AlertRule, severity: AlertLevel, metric: string): Record<string, string> {
  const own = Object.entries(rule.labels).map(([name, value]) => [labelName(name), literal(value)]);
  return { ...Object.fromEntries(own), severity, metric: literal(metric) };
}

function durations({
  forSeconds,
  keepFiringForSeconds: keep,
}: AlertRule): Pick<PrometheusAlert, "for" | "keep_firing_for"> {
  return {
    ...(forSeconds === 0 ? {} : { for: prometheusDuration(forSeconds) }),
    ...(keep === 0 ? {} : { keep_firing_for: prometheusDuration(keep) }),
  };
}

function runbook({ runbookUrl }: AlertRule): Readonly<Record<string, string>> {
  return runbookUrl === undefined ? {} : { runbook_url: literal(runbookUrl) };
}

function differences(rule: AlertRule): string[] {
  const found: string[] = [];
  const both = rule.warningThreshold !== undefined && rule.criticalThreshold !== undefined;
  if (both && rule.forSeconds > 0) found.push("when its critical alert ends, the warning waits for `for` anew");
  if (rule.keepFiringForSeconds > 0) found.push("keep_firing_for needs Prometheus 2.42 or newer");
  if (rule.noData === "keep") found.push("without data an alert ends; noData: keep cannot be said in Prometheus");
  if (rule.noData === "warning" || rule.noData === "critical") {
    found.push("missing data raise an alert only when nothing at all is known of what the rule is about");
  }
  if (rule.notifiers !== undefined)
    found.push(`who is told (${rule.notifiers.join(", ")}) is for Alertmanager's routes to say`);
  if (rule.baseline !== undefined)
    found.push("until there is enough history the rule raises no alert; gaps in it are not seen");
  return found;
}

function indented(text: string): string {
  return text.replaceAll(/^/gm, "  ");
}
