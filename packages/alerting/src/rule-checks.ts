import {
  ALERT_STATISTICS,
  type AlertRuleOptions,
  type AvoidableOptions,
  type BaselineOptions,
  type LimitOptions,
  NO_DATA_POLICIES,
} from "./alert-rule-options.ts";
import {
  anyNumber,
  duration,
  type OptionCheck,
  type OptionChecks,
  object,
  oneOf,
  record,
  text,
  textOrTexts,
  texts,
  wholeNumber,
} from "./option-check.ts";

const MAX_METRIC_NAME = 200;
const MAX_TAG_VALUE = 256;
const metric = (allowed: string): OptionCheck => ({ ...text(MAX_METRIC_NAME), allowed });
const tagFilter: OptionCheck = record(
  textOrTexts("", MAX_TAG_VALUE),
  "an object of tags with a value or glob, or a list of them, each",
);

const baseline: OptionChecks<BaselineOptions> = {
  lookback: duration({ above0: true }),
  offset: duration({ above0: true }),
  file: text(4096, "the path of a file"),
  minHistory: duration({ above0: false }),
  minSamples: wholeNumber,
  floor: anyNumber,
};

const limit: OptionChecks<LimitOptions> = {
  suffix: metric("the end of a metric's name"),
  limitSuffix: metric("the end of a metric's name"),
};

const avoidable: OptionChecks<AvoidableOptions> = {
  suffix: metric("the end of a metric's name"),
  avoidableSuffix: metric("the end of a metric's name"),
};

/** What each option of a rule may be. What they may be together is checked by `ruleProblems`. */
export const RULE_CHECKS: OptionChecks<AlertRuleOptions> = {
  name: text(200),
  metricPattern: metric("a metric name or glob"),
  exclude: textOrTexts("a metric name or glob", MAX_METRIC_NAME),
  tags: tagFilter,
  excludeTags: tagFilter,
  statistic: oneOf(ALERT_STATISTICS),
  direction: oneOf(["above", "below"]),
  warningThreshold: anyNumber,
  criticalThreshold: anyNumber,
  warningClearThreshold: anyNumber,
  criticalClearThreshold: anyNumber,
  for: duration({ above0: false }),
  keepFiringFor: duration({ above0: false }),
  window: duration({ above0: true }),
  minSamples: wholeNumber,
  baseline: object(baseline),
  limit: object(limit, ["suffix", "limitSuffix"]),
  avoidable: object(avoidable, ["suffix", "avoidableSuffix"]),
  noData: oneOf(NO_DATA_POLICIES),
  messageTemplate: text(2000),
  notifiers: texts(200),
  labels: record(
    { ...text(1000), good: (value) => typeof value === "string" && value.length <= 1000 },
    "an object of texts",
  ),
  runbookUrl: {
    allowed: "an address that begins with https:// or http://",
    good: (value) => typeof value === "string" && /^https?:\/\/\S+$/.test(value) && URL.canParse(value),
    schema: { type: "string", pattern: "^https?://\\S+$" },
  },
};

/** Options that every rule has. */
export const REQUIRED_OPTIONS = ["name", "metricPattern"] as const;
