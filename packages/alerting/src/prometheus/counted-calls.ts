import { formulaInputs, type NamedDefinition, parseFormula } from "@giflab/metrics-core";
import { promqlStatistic } from "@giflab/metrics-core/exposition";
import type { MeasuredRule, Span } from "./measure.ts";

/**
 * Calls behind a number, as `minSamples` counts them: those of a timer or histogram, of a derived metric those that its
 * counters, timers and histograms counted. `undefined` for what counts none.
 */
export function countedCallsExpression({ metric, known, matchers }: MeasuredRule, span: Span): string | undefined {
  const { definition } = metric;
  if (definition.kind !== "derived") return callsOf(definition, { ...span, matchers });
  const by = ["job", ...(definition.groupBy ?? [])];
  const parts = formulaInputs(parseFormula(definition.formula)).flatMap((name) => {
    const input = known.get(name)?.definition;
    return (input === undefined ? undefined : callsOf(input, { ...span, matchers, by }, true)) ?? [];
  });
  if (parts.length === 0) return undefined;
  // One that was never recorded must not hide the others.
  const filled = parts.map((part) => {
    const others = parts.filter((other) => other !== part);
    return others.length === 0
      ? part
      : `(${part} or 0 * ${others.length === 1 ? others[0] : `(${others.join(" or ")})`})`;
  });
  return filled.length === 1 ? filled[0] : `(${filled.join(" + ")})`;
}

function callsOf(
  definition: NamedDefinition,
  options: Parameters<typeof promqlStatistic>[2],
  countersToo = false,
): string | undefined {
  if (definition.kind === "histogram" || definition.kind === "timer")
    return promqlStatistic(definition, "count", options);
  return definition.kind === "counter" && countersToo ? promqlStatistic(definition, "sum", options) : undefined;
}
