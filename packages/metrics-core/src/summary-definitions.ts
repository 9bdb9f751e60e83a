import type { NamedDefinition } from "./metric-definition.ts";
import type { MetricSummary } from "./query.ts";

/** What summaries, one per series and not collapsed, say of their metrics: one definition per name. */
export function definitionsOf(summaries: readonly MetricSummary[]): readonly NamedDefinition[] {
  const definitions = new Map<string, NamedDefinition>();
  for (const summary of summaries) {
    const { name, kind, unit, description, system, normalRange, merge, formula, tags } = summary;
    if (definitions.has(name)) continue;
    const described = {
      name,
      ...(unit === undefined ? {} : { unit }),
      ...(description === undefined ? {} : { description }),
      ...(system === undefined ? {} : { system }),
      ...(normalRange === undefined ? {} : { normalRange }),
    };
    if (kind !== "derived") definitions.set(name, { ...described, kind, ...(merge === undefined ? {} : { merge }) });
    else if (formula !== undefined) definitions.set(name, { ...described, kind, formula, groupBy: Object.keys(tags) });
  }
  return [...definitions.values()];
}
