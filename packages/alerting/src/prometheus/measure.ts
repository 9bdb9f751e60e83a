import { type NamedDefinition, parseFormula } from "@giflab/metrics-core";
import { exposedUnit, promqlFormula, promqlStatistic } from "@giflab/metrics-core/exposition";
import type { AlertRule, SummaryStatistic } from "../alert-rule.ts";
import type { KnownMetric } from "./known-metrics.ts";
import { prometheusDuration } from "./prometheus-duration.ts";

/** Which time an expression is about, as PromQL writes it. */
export interface Span {
  readonly range: string;
  readonly offset?: string | undefined;
}

/** What a rule compares with its thresholds. */
export interface Measure {
  /** An operand: binds at least as tightly as a product. */
  readonly value: string;
  /** Values are these many times those of the rule: MB of 2^20 bytes are exposed as bytes. */
  readonly factor: number;
  /** What must hold too: enough calls, enough history. Comparisons that have the labels of `value`. */
  readonly guards: readonly string[];
  /** For messages, in the rule's units. */
  readonly measured?: string | undefined;
  readonly limit?: string | undefined;
  readonly baseline?: string | undefined;
}

/** Why there is no such measure in Prometheus: to be told to whoever asked for it. */
export class NotExpressible extends Error {}

/** A rule and one of the metrics that it is about, on its way to Prometheus. */
export interface MeasuredRule {
  readonly rule: AlertRule;
  readonly metric: KnownMetric;
  readonly known: ReadonlyMap<string, KnownMetric>;
  /** The series that are asked for, between braces. */
  readonly matchers: string;
  /** Of `matchers`, what holds for other metrics of the same process too. */
  readonly processMatchers?: string | undefined;
  /** The rule's own window, or that of rules without one. */
  readonly windowSeconds: number;
}

export function window({ windowSeconds }: MeasuredRule): Span {
  return { range: prometheusDuration(windowSeconds) };
}

/** The statistic that a rule looks at, over some time. Throws `NotExpressible`. */
export function measuredExpression(of: MeasuredRule, span: Span): string {
  const { rule, metric } = of;
  const { definition } = metric;
  const statistic = rule.statisticOf(definition.kind);
  if (definition.kind === "derived") {
    if (statistic !== "value") throw new NotExpressible(`a derived metric has no ${statistic}`);
    return derivedExpression(of, definition.formula, span);
  }
  return recordedExpression(of, definition, statistic, span);
}

/** A statistic of a recorded metric, all its tags apart, its processes together. Throws `NotExpressible`. */
export function recordedExpression(
  { matchers }: MeasuredRule,
  definition: NamedDefinition,
  statistic: SummaryStatistic,
  span: Span,
): string {
  const expression =
    definition.kind === "derived"
      ? undefined
      : promqlStatistic(definition, statistic, { ...span, matchers, complete: true });
  if (expression !== undefined) return statistic === "mean" ? `(${expression})` : expression;
  throw new NotExpressible(`Prometheus does not know the ${statistic} of a ${definition.kind} (${definition.name})`);
}

/** A formula over some time, by the metric's grouping tags and by job. Throws `NotExpressible`. */
export function derivedExpression({ metric, known, matchers }: MeasuredRule, formula: string, span: Span): string {
  const { definition } = metric;
  const groupBy = definition.kind === "derived" ? (definition.groupBy ?? []) : [];
  const expression = promqlFormula({ kind: "derived", formula, groupBy }, (name) => known.get(name)?.definition, {
    ...span,
    matchers,
    by: ["job"],
    complete: true,
  });
  if (expression !== undefined) return parseFormula(formula).op === "metric" ? expression : `(${expression})`;
  throw new NotExpressible(`not everything is known that ${definition.name} is calculated from: ${formula}`);
}

/** What exposed values of the statistic are, divided by those that the rule means. */
export function measuredFactor({ rule, metric }: MeasuredRule): number {
  const { definition } = metric;
  if (definition.kind === "derived" || rule.statisticOf(definition.kind) === "count") return 1;
  const isRateOfCalls = definition.kind !== "counter" && rule.statisticOf(definition.kind) === "rate";
  return isRateOfCalls ? 1 : exposedUnit(definition).factor;
}

/** An exposed value in the rule's units. */
export function inUnits(expression: string, factor: number): string {
  return factor === 1 ? expression : `${expression} / ${number(factor)}`;
}

/** A number without the noise of a product. */
export function number(value: number): string {
  return String(Number(value.toPrecision(15)));
}
