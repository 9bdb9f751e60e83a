import type { DerivedMetricDefinition, MetricKind, Tags } from "@giflab/metrics-core";
import type { AlertLevel } from "../alert-rule-options.ts";

/** What one process records of one series, flush by flush. */
export interface InputSeries {
  readonly metric: string;
  readonly kind: MetricKind;
  readonly tags: Tags;
  /** Which of several processes records it. */
  readonly instance: string;
  /**
   * One per flush, the first at time 0. Counters: how far it has counted, as in promtool; less than before is a new start.
   * Gauges: the value. Timers and histograms: the values that were recorded. `undefined`: nothing.
   */
  readonly values: readonly (number | readonly number[] | undefined)[];
}

export interface ExpectedAlert {
  readonly level: AlertLevel;
  /** Without these any metric, tags or message will do. */
  readonly metric?: string;
  readonly tags?: Tags;
  readonly message?: string;
}

/** What should be at a time. */
export interface Expectation {
  /** Seconds from the first flush. */
  readonly evalTime: number;
  readonly rule: string;
  /** Exactly the alerts of the rule that fire then. */
  readonly firing: readonly ExpectedAlert[];
  /** Exactly those that are pending; not looked at when it is not given. */
  readonly pending: readonly ExpectedAlert[] | undefined;
  /** For messages: `tests[0].alertRuleTest[2]`, and where that is in the file. */
  readonly place: string;
}

export interface RuleTest {
  readonly name: string;
  /** Seconds between two flushes. */
  readonly interval: number;
  readonly inputSeries: readonly InputSeries[];
  readonly expectations: readonly Expectation[];
}

/** A file of rule tests, read. */
export interface RuleTestFile {
  readonly path: string;
  /** Paths of the files whose rules are tested. */
  readonly ruleFiles: readonly string[];
  /** Seconds between two evaluations. */
  readonly evaluationInterval: number;
  /** Seconds that a rule without a window of its own looks back. */
  readonly window: number;
  readonly derived: Readonly<Record<string, DerivedMetricDefinition>>;
  readonly tests: readonly RuleTest[];
}
