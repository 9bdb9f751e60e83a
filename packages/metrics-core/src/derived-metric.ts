import { evaluateFormula, type Formula, formulaInputs, parseFormula } from "./formula.ts";
import type { DerivedMetricDefinition, MetricKind, NamedDefinition } from "./metric-definition.ts";
import { hasTags, sortedPairs } from "./tag-set.ts";
import type { Tags } from "./tags.ts";

/** One input series of a derived metric with the number it stands for; `undefined` when nothing is known of it. */
export interface FormulaOperand {
  readonly name: string;
  readonly kind: MetricKind;
  readonly tags: Tags;
  readonly value: number | undefined;
}

/** A derived metric ready to be evaluated. */
export interface DerivedMetric {
  readonly name: string;
  readonly definition: DerivedMetricDefinition;
  readonly formula: Formula;
  readonly inputs: readonly string[];
}

/** Parses the derived metrics among definitions; one that a newer version wrote and we cannot parse is left out. */
export function derivedMetrics(definitions: readonly NamedDefinition[]): DerivedMetric[] {
  return definitions.flatMap((definition) => {
    if (definition.kind !== "derived") return [];
    try {
      const formula = parseFormula(definition.formula);
      return [{ name: definition.name, definition, formula, inputs: formulaInputs(formula) }];
    } catch {
      return [];
    }
  });
}

/**
 * Evaluates a derived metric over its input series: one result per combination of its `groupBy` tags' values.
 *
 * With a tag filter, the inputs are filtered; if one of them has no series with that tag at all, the result is undefined
 * (cache hits carry `tier`, misses cannot, so a hit rate per tier does not exist). The same holds for a grouping tag that a
 * known input never carries. A counter that was never recorded
 * counts as 0 as long as another input is known; any other missing input makes the result undefined.
 */
export function evaluateDerived(
  metric: DerivedMetric,
  operands: readonly FormulaOperand[],
  filter: Tags | undefined,
): { readonly tags: Tags; readonly value: number | undefined }[] {
  const mine = operands.filter((operand) => metric.inputs.includes(operand.name));
  if (mine.length === 0) return [];
  const groupBy = metric.definition.groupBy ?? [];
  const lacking = new Set(groupBy.filter((key) => !everyKnownInputHas(key, metric.inputs, mine)));
  for (const key of Object.keys(filter ?? {})) {
    const everywhere = metric.inputs.every((name) =>
      mine.some((one) => one.name === name && Object.hasOwn(one.tags, key)),
    );
    if (!everywhere) return [{ tags: filter ?? {}, value: undefined }];
  }
  const groups = new Map<string, { readonly tags: Tags; readonly operands: FormulaOperand[] }>();
  for (const operand of mine) {
    if (!hasTags(operand.tags, filter)) continue;
    const tags = Object.fromEntries(
      groupBy.flatMap((key) =>
        Object.hasOwn(operand.tags, key) && !lacking.has(key) ? [[key, operand.tags[key]!]] : [],
      ),
    );
    const key = JSON.stringify(sortedPairs(tags));
    const group = groups.get(key) ?? { tags, operands: [] };
    group.operands.push(operand);
    groups.set(key, group);
  }
  const kinds = new Map(mine.map((operand) => [operand.name, operand.kind]));
  return [...groups.values()].map((group) => ({
    tags: group.tags,
    value:
      lacking.size > 0
        ? undefined
        : evaluateFormula(metric.formula, (name) => operandValue(name, group.operands, kinds)),
  }));
}

function everyKnownInputHas(key: string, inputs: readonly string[], operands: readonly FormulaOperand[]): boolean {
  return inputs.every((name) => {
    const known = operands.filter((operand) => operand.name === name);
    return known.length === 0 || known.some((operand) => Object.hasOwn(operand.tags, key));
  });
}

function operandValue(
  name: string,
  operands: readonly FormulaOperand[],
  kinds: ReadonlyMap<string, MetricKind>,
): number | undefined {
  const values = operands.flatMap((operand) =>
    operand.name === name && operand.value !== undefined ? [operand.value] : [],
  );
  const kind = kinds.get(name);
  if (values.length > 0) {
    const sum = values.reduce((total, value) => total + value, 0);
    return kind === "counter" || kind === "gauge" ? sum : sum / values.length;
  }
  const onlyCounters = [...kinds.values()].every((one) => one === "counter");
  return kind === "counter" || (kind === undefined && onlyCounters) ? 0 : undefined;
}
