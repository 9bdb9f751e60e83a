import { ManualClock, MetricsError, nearestNames } from "@giflab/metrics-core";
import { AlertManager } from "../alert-manager.ts";
import type { Alert } from "../alert-report.ts";
import type { AlertRule } from "../alert-rule.ts";
import { loadRulesFile } from "../rules-file.ts";
import { madeUpStore, TEST_BEGIN } from "./made-up-store.ts";
import type { Expectation, ExpectedAlert, RuleTest, RuleTestFile } from "./rule-test.ts";

/** How far the tests of one file may look ahead: evaluations of one test. */
const MOST_EVALUATIONS = 100_000;

/** What is not as expected at a time. */
export interface RuleTestFailure {
  readonly place: string;
  readonly rule: string;
  /** Seconds from the first flush. */
  readonly evalTime: number;
  readonly state: "firing" | "pending";
  readonly expected: readonly ExpectedAlert[];
  readonly got: readonly Pick<Alert, "level" | "metric" | "tags" | "message">[];
}

export interface RuleTestResult {
  readonly name: string;
  readonly expectations: number;
  readonly failures: readonly RuleTestFailure[];
}

/**
 * Runs the tests of a file: for each, made-up processes record into a store, the rules are evaluated every
 * `evaluationInterval` from the first flush on, and what fires is compared with what should. Nothing is remembered between two
 * tests. An evaluation of what was recorded at the same time sees it.
 *
 * Throws `INVALID_OPTION` for rules files that cannot be read, and for an expectation of a rule that there is not.
 */
export async function runRuleTests(file: RuleTestFile): Promise<readonly RuleTestResult[]> {
  const rules = new Map<string, AlertRule>();
  for (const path of file.ruleFiles) for (const rule of await loadRulesFile(path)) rules.set(rule.name, rule);
  checkRules(file, rules);
  const results: RuleTestResult[] = [];
  for (const test of file.tests) results.push(await runTest(file, test, [...rules.values()]));
  return results;
}

async function runTest(file: RuleTestFile, test: RuleTest, rules: readonly AlertRule[]): Promise<RuleTestResult> {
  const { evaluationInterval, window } = file;
  const last = Math.max(0, ...test.expectations.map(({ evalTime }) => evalTime));
  if (last / evaluationInterval > MOST_EVALUATIONS) {
    throw new MetricsError(
      "INVALID_OPTION",
      `${file.path}: ${test.name} takes more than ${MOST_EVALUATIONS} evaluations`,
    );
  }
  const clock = new ManualClock(TEST_BEGIN);
  const manager = new AlertManager({ reader: madeUpStore(file, test), clock, rules });
  const failures: RuleTestFailure[] = [];
  const due = [...test.expectations].sort((a, b) => a.evalTime - b.evalTime);
  for (let evaluation = 0; due.length > 0; evaluation++) {
    const time = evaluation * evaluationInterval;
    clock.advance(TEST_BEGIN + time - clock.now());
    const { alerts } = await manager.evaluate({ windowSeconds: window });
    // Between two evaluations, what the earlier one found holds.
    while (due.length > 0 && due[0]!.evalTime < time + evaluationInterval)
      failures.push(...failuresOf(due.shift()!, alerts));
  }
  return { name: test.name, expectations: test.expectations.length, failures };
}

function failuresOf(expected: Expectation, alerts: readonly Alert[]): RuleTestFailure[] {
  const { rule, evalTime, place, firing, pending } = expected;
  const failures: RuleTestFailure[] = [];
  for (const [state, wanted] of [
    ["firing", firing],
    ["pending", pending],
  ] as const) {
    if (wanted === undefined) continue;
    const got = alerts.filter((alert) => alert.rule === rule && alert.state === state);
    if (!areThese(got, wanted)) failures.push({ place, rule, evalTime, state, expected: wanted, got: got.map(shown) });
  }
  return failures;
}

/** Whether each alert is one of those expected, and none is missing: the most exact expectations choose first. */
function areThese(got: readonly Alert[], expected: readonly ExpectedAlert[]): boolean {
  const left = [...got];
  const exactness = (one: ExpectedAlert): number => Object.keys(one).length + Object.keys(one.tags ?? {}).length;
  for (const one of [...expected].sort((a, b) => exactness(b) - exactness(a))) {
    const found = left.findIndex((alert) => isExpected(alert, one));
    if (found < 0) return false;
    left.splice(found, 1);
  }
  return left.length === 0;
}

function isExpected(alert: Alert, { level, metric, tags, message }: ExpectedAlert): boolean {
  const sameTags = (wanted: NonNullable<ExpectedAlert["tags"]>): boolean => {
    const keys = Object.keys(wanted);
    return keys.length === Object.keys(alert.tags).length && keys.every((key) => alert.tags[key] === wanted[key]);
  };
  return (
    alert.level === level &&
    (metric === undefined || alert.metric === metric) &&
    (tags === undefined || sameTags(tags)) &&
    (message === undefined || alert.message === message)
  );
}

function shown({ level, metric, tags, message }: Alert): RuleTestFailure["got"][number] {
  return { level, metric, tags, message };
}

/** A typing error must not pass for a rule that does not fire. */
function checkRules({ tests }: RuleTestFile, rules: ReadonlyMap<string, AlertRule>): void {
  for (const { rule, place } of tests.flatMap(({ expectations }) => expectations)) {
    if (rules.has(rule)) continue;
    const near = nearestNames(rule, rules.keys());
    const hint = near.length > 0 ? `did you mean ${near.join(" or ")}?` : `there are ${[...rules.keys()].join(", ")}`;
    throw new MetricsError("INVALID_OPTION", `${place}: there is no alert rule ${JSON.stringify(rule)}: ${hint}`);
  }
}
