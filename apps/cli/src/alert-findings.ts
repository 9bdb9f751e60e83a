import type { Alert, AlertReport } from "@giflab/alerting";
import type { Finding } from "./ci/finding.ts";

/**
 * What an evaluation found, for CI systems: one finding per alert that fires and is not silenced, and one for every other rule,
 * which has passed or could not be judged.
 */
export function alertFindings({ alerts, noData, learning }: AlertReport, rules: readonly string[]): Finding[] {
  const firing = alerts.filter(({ state, silenced }) => state === "firing" && silenced === undefined);
  const fired = new Set(firing.map(({ rule }) => rule));
  const others = rules.filter((rule) => !fired.has(rule));
  return [...firing.map(findingOf), ...others.map((rule) => quiet(rule, [...noData, ...learning]))];
}

function findingOf({ rule, level, message }: Alert): Finding {
  return { name: rule, outcome: level === "critical" ? "failed" : "warned", message: `${level}: ${message}` };
}

function quiet(rule: string, unjudged: AlertReport["noData"]): Finding {
  const reasons = [...new Set(unjudged.filter((one) => one.rule === rule).map(({ reason }) => reason))];
  if (reasons.length === 0) return { name: rule, outcome: "passed", message: "no alert" };
  return { name: rule, outcome: "undecided", message: reasons.join("; ") };
}
