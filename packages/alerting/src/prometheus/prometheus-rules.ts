import { stringify } from "yaml";
import type { AlertRule } from "../alert-rule.ts";
import type { KnownMetric } from "./known-metrics.ts";
import { prometheusDuration } from "./prometheus-duration.ts";
import { type RuleAlerts, ruleAlerts } from "./rule-alerts.ts";

export interface PrometheusRulesOptions {
  /** What globs of rules stand for: see `knownMetrics`. */
  readonly known: ReadonlyMap<string, KnownMetric>;
  /** Of rules without a window of their own; default 300. */
  readonly windowSeconds?: number | undefined;
  /** Between two evaluations; default: what Prometheus is configured with. */
  readonly intervalSeconds?: number | undefined;
}

/** Rules as a file for Prometheus, and what became of each. */
export interface PrometheusRules {
  readonly text: string;
  readonly rules: readonly RuleAlerts[];
}

/** What holds for all of them; in the file, for whoever reads it there. */
const HEADING = [
  "Alert rules of GifLab monitoring for Prometheus, written by `giflab metrics rules export`.",
  "They are about metrics as the Prometheus backend exposes them. Each rule is a group: a critical and a warning alert for",
  "every metric that it is about. Processes are merged, jobs and tags are not. What differs from `giflab metrics alerts`:",
  "- rates and increases are extrapolated to the window's ends, and percentiles are those of classic buckets;",
  "- of a gauge of which the last statement counts, the largest of several processes does;",
  "- a process that ended counts in the minimum, maximum and mean of a gauge as long as the window reaches back to it.",
];

/** Writes rules for Prometheus, with comments on what cannot be said there. */
export function prometheusRules(
  rules: readonly AlertRule[],
  { known, windowSeconds = 300, intervalSeconds }: PrometheusRulesOptions,
): PrometheusRules {
  const all = rules.map((rule) => ruleAlerts(rule, known, windowSeconds));
  const interval = intervalSeconds === undefined ? {} : { interval: prometheusDuration(intervalSeconds) };
  const groups = all.map(({ rule, alerts, missing, differing }) => {
    const remarks = [
      ...missing.map((one) => `${rule}: not exported: ${one}`),
      ...differing.map((one) => `${rule}: ${one}`),
    ];
    const comments = remarks.map((remark) => `  # ${remark.replaceAll(/\s+/g, " ")}\n`).join("");
    if (alerts.length === 0) return comments;
    const group = stringify([{ name: `giflab: ${rule}`, ...interval, rules: alerts }], { lineWidth: 0 });
    return comments + group.replaceAll(/^(?=.)/gm, "  ");
  });
  const heading = HEADING.map((line) => `# ${line}\n`).join("");
  const isEmpty = all.every(({ alerts }) => alerts.length === 0);
  return { text: `${heading}groups:${isEmpty ? " []" : ""}\n${groups.join("")}`, rules: all };
}
