import { nearestNames } from "@giflab/metrics-core";
import type { AlertRuleOptions } from "./alert-rule-options.ts";
import { MessageTemplate } from "./message-template.ts";
import { isRecord, type OptionCheck, type OptionChecks } from "./option-check.ts";
import { REQUIRED_OPTIONS, RULE_CHECKS } from "./rule-checks.ts";

/** What is wrong with one option of a rule. */
export interface RuleProblem {
  /** Where: `["baseline", "offset"]`; empty for the rule as a whole. */
  readonly path: readonly string[];
  /** Complete with the option's name, the value got and what is allowed. */
  readonly message: string;
}

const MAX_SHOWN = 100;

/** Everything that is wrong with the options of a rule; empty when nothing is. */
export function ruleProblems(options: unknown): readonly RuleProblem[] {
  if (!isRecord(options)) return [{ path: [], message: `a rule must be an object, got ${shown(options)}` }];
  const problems = objectProblems(options, RULE_CHECKS, REQUIRED_OPTIONS, []);
  return problems.length > 0 ? problems : togetherProblems(options as unknown as AlertRuleOptions);
}

/** What is wrong with options that `checks` describe, one by one. */
export function optionProblems<T>(
  given: Readonly<Record<string, unknown>>,
  checks: OptionChecks<T>,
  required: readonly (keyof T & string)[],
): readonly RuleProblem[] {
  return objectProblems(given, checks, required, []);
}

function objectProblems(
  given: Readonly<Record<string, unknown>>,
  checks: Readonly<Record<string, OptionCheck>>,
  required: readonly string[],
  path: readonly string[],
): RuleProblem[] {
  const known = Object.keys(checks);
  const problems: RuleProblem[] = [];
  for (const key of required) {
    if (given[key] !== undefined) continue;
    const name = [...path, key].join(".");
    problems.push({ path, message: `${name} is missing: it must be ${checks[key]!.allowed}` });
  }
  for (const [key, value] of Object.entries(given)) {
    const here = [...path, key];
    const name = here.join(".");
    if (!Object.hasOwn(checks, key)) {
      const near = nearestNames(key, known);
      const hint = near.length > 0 ? `did you mean ${near.join(" or ")}?` : `there are ${known.join(", ")}`;
      problems.push({ path: here, message: `unknown option ${name}: ${hint}` });
      continue;
    }
    if (value === undefined) continue;
    const { allowed, good, inner, required: wanted = [] } = checks[key]!;
    if (!good(value)) problems.push({ path: here, message: `${name} must be ${allowed}, got ${shown(value)}` });
    else if (inner !== undefined) {
      problems.push(...objectProblems(value as Readonly<Record<string, unknown>>, inner, wanted, here));
    }
  }
  return problems;
}

/** What cannot stand together, of options that are right one by one. */
function togetherProblems(options: AlertRuleOptions): RuleProblem[] {
  const problems: RuleProblem[] = [];
  const add = (bad: boolean, path: readonly string[], message: string): void => {
    if (bad) problems.push({ path, message });
  };
  const { warningThreshold: warning, criticalThreshold: critical, messageTemplate, baseline } = options;
  add(
    warning === undefined && critical === undefined,
    [],
    "warningThreshold or criticalThreshold is missing: at least one must be a number",
  );
  const direction = directionOf(options);
  const beyond = (a: number, b: number): boolean => (direction === "above" ? a > b : a < b);
  if (warning !== undefined && critical !== undefined) {
    const message = `criticalThreshold must be at or ${direction} the warning threshold ${warning}, got ${critical}`;
    add(beyond(warning, critical), ["criticalThreshold"], message);
  }
  for (const level of ["warning", "critical"] as const) {
    const threshold = options[`${level}Threshold`];
    const clear = options[`${level}ClearThreshold`];
    if (clear === undefined) continue;
    const name = `${level}ClearThreshold`;
    if (threshold === undefined) add(true, [name], `${name} needs ${level}Threshold`);
    else {
      const side = direction === "above" ? "below" : "above";
      const message = `${name} must be at or ${side} the ${level} threshold ${threshold}, got ${clear}`;
      add(beyond(clear, threshold), [name], message);
    }
  }
  const ways = (["baseline", "limit", "avoidable"] as const).filter((way) => options[way] !== undefined);
  add(ways.length > 1, [ways[1] ?? ""], `${ways.join(" and ")} cannot stand in one rule: take one of them`);
  const pasts = (["lookback", "offset", "file"] as const).filter((past) => baseline?.[past] !== undefined);
  const chosen = pasts.map((past) => `baseline.${past}`).join(" and ");
  add(pasts.length > 1, ["baseline", pasts[1] ?? ""], `${chosen} cannot stand together: take one of them`);
  for (const way of ["limit", "avoidable"] as const) {
    const suffix = options[way]?.suffix;
    const message = `${way}.suffix must be the end of metricPattern ${options.metricPattern}, got ${shown(suffix)}`;
    add(suffix !== undefined && !options.metricPattern.endsWith(suffix), [way, "suffix"], message);
  }
  if (messageTemplate !== undefined) {
    try {
      new MessageTemplate(messageTemplate);
    } catch (error) {
      add(true, ["messageTemplate"], (error as Error).message);
    }
  }
  return problems;
}

/** Which values of a rule are bad, where it does not say: those below if its critical threshold is the lower one. */
export function directionOf({ direction, ...options }: AlertRuleOptions): "above" | "below" {
  const { warningThreshold = Number.NEGATIVE_INFINITY, criticalThreshold = Number.POSITIVE_INFINITY } = options;
  return direction ?? (criticalThreshold < warningThreshold ? "below" : "above");
}

function shown(value: unknown): string {
  const text = typeof value === "number" ? String(value) : (JSON.stringify(value) ?? String(value));
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}...` : text;
}
