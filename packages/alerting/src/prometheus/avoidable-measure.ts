import { formulaInputs, parseFormula } from "@giflab/metrics-core";
import { exposedUnit } from "@giflab/metrics-core/exposition";
import { suffixReplaced } from "../metrics-beside.ts";
import { countedCallsExpression } from "./counted-calls.ts";
import { derivedExpression, type Measure, type MeasuredRule, number, type Span, window } from "./measure.ts";

/** What went well and what did not, of a share of calls. */
interface Calls {
  readonly good: string;
  readonly bad: string;
}

/**
 * Of a rule that leaves out failures that nothing could have avoided: see `AvoidableOptions`. `undefined` where nobody counts
 * them: then it is the share itself. Throws `NotExpressible`.
 */
export function avoidableMeasure(of: MeasuredRule): Measure | undefined {
  const { rule, metric, known } = of;
  const { suffix, avoidableSuffix } = rule.avoidable!;
  const name = suffixReplaced(metric.definition.name, suffix, avoidableSuffix);
  const counter = name === undefined ? undefined : known.get(name)?.definition;
  const span = window(of);
  if (counter?.kind !== "counter" || metric.definition.kind !== "derived") return undefined;
  const calls = sharedCalls(of, metric.definition.formula, span);
  if (calls === undefined) return undefined;
  const { good, bad } = calls;
  const avoidable = derivedExpression(of, formulaName(counter.name), span);
  // More than all failures there cannot be; where they are not counted, all of them were avoidable.
  const left = `(${good}\n + (${avoidable} <= ${bad} or ${bad}))`;
  return {
    value: `${good}\n / ${left}`,
    factor: 1,
    guards: rule.minSamples > 1 ? [`${left} >= ${number(rule.minSamples)}`] : [],
  };
}

function sharedCalls(of: MeasuredRule, text: string, span: Span): Calls | undefined {
  const formula = parseFormula(text);
  const counters = formulaInputs(formula).map((name) => of.known.get(name)?.definition);
  const areCounters = counters.every((one) => one?.kind === "counter" && exposedUnit(one).factor === 1);
  if (areCounters && formula.op === "/" && formula.left.op === "metric" && formula.right.op === "+") {
    const { left, right } = formula.right;
    const good = formula.left.name;
    const [first, second] = [left, right].map((one) => (one.op === "metric" ? one.name : undefined));
    const bad = first === good ? second : second === good ? first : undefined;
    if (bad !== undefined) return { good: oneOf(of, good, bad, span), bad: oneOf(of, bad, good, span) };
  }
  const all = countedCallsExpression(of, span);
  if (all === undefined) return undefined;
  const good = `(${derivedExpression(of, text, span)} * ${all})`;
  return { good, bad: `(${all} - ${good})` };
}

/** A counter, 0 where only the other one was recorded. */
function oneOf(of: MeasuredRule, name: string, other: string, span: Span): string {
  const [one, another] = [name, other].map((each) => derivedExpression(of, formulaName(each), span));
  return `(${one} or 0 * ${another})`;
}

/** A metric's name as a formula has it. */
function formulaName(name: string): string {
  return `\`${name}\``;
}
