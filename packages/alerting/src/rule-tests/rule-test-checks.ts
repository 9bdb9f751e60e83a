import type { MetricKind } from "@giflab/metrics-core";
import { duration, type OptionCheck, type OptionChecks, oneOf, record, text, wholeNumber } from "../option-check.ts";
import type { ExpectedAlert } from "./rule-test.ts";

const KINDS: readonly MetricKind[] = ["counter", "gauge", "histogram", "timer"];
const MOST_CALLS = 10_000;

/** What a file of rule tests may hold. */
export const FILE_KEYS = ["$schema", "ruleFiles", "evaluationInterval", "window", "metrics", "tests"] as const;

const list: OptionCheck = { allowed: "a list", good: Array.isArray, schema: { type: "array" } };
const tags: OptionCheck = record(text(256), "an object of tags with a text each");
const values: OptionCheck = {
  allowed: "text such as 0+10x60, or a list with a number, null or (timers, histograms) a list of numbers per flush",
  good: (value) => typeof value === "string" || (Array.isArray(value) && value.every(isFlush)),
  schema: {},
};

/** What `inputSeries` may be. */
export const SERIES_CHECKS: OptionChecks<{ metric: 0; kind: 0; tags: 0; instance: 0; values: 0; calls: 0 }> = {
  metric: text(200),
  kind: oneOf(KINDS),
  tags,
  instance: text(200),
  values,
  calls: {
    ...wholeNumber,
    allowed: `a whole number from 1 to ${MOST_CALLS}`,
    good: (value) => wholeNumber.good(value) && (value as number) >= 1 && (value as number) <= MOST_CALLS,
  },
};

/** What an expected alert may be. */
export const ALERT_CHECKS: OptionChecks<ExpectedAlert> = {
  level: oneOf(["warning", "critical"]),
  metric: text(200),
  tags,
  message: text(4000),
};

/** What `alertRuleTest` may be. */
export const EXPECTATION_CHECKS: OptionChecks<{ evalTime: 0; rule: 0; expAlerts: 0; expPending: 0 }> = {
  evalTime: duration({ above0: false }),
  rule: text(200),
  expAlerts: list,
  expPending: list,
};

/** What a test may be. */
export const TEST_CHECKS: OptionChecks<{ name: 0; interval: 0; inputSeries: 0; alertRuleTest: 0 }> = {
  name: text(200),
  interval: duration({ above0: true }),
  inputSeries: list,
  alertRuleTest: list,
};

/** What `metrics` may say of a derived one. */
export const DERIVED_CHECKS: OptionChecks<{ formula: 0; groupBy: 0; unit: 0 }> = {
  formula: text(2000),
  groupBy: list,
  unit: text(20),
};

function isFlush(value: unknown): boolean {
  return value === null || Number.isFinite(value) || (Array.isArray(value) && value.every(Number.isFinite));
}
