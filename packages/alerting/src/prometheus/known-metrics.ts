import { definitionsOf, type MetricSummary, type NamedDefinition, type Tags } from "@giflab/metrics-core";
import { prometheusName } from "@giflab/metrics-core/exposition";

/** A metric that a rule may be about, and the tag sets that it was seen with. */
export interface KnownMetric {
  readonly definition: NamedDefinition;
  readonly tagSets: readonly Tags[];
}

/**
 * The metrics that globs of rules stand for, by name: those that a store knows, and those that are defined. Summaries are one
 * per series, not collapsed; they win.
 */
export function knownMetrics(
  summaries: readonly MetricSummary[],
  defined: readonly NamedDefinition[] = [],
): ReadonlyMap<string, KnownMetric> {
  const tagSets = Map.groupBy(summaries, ({ name }) => name);
  const definitions = new Map([...defined, ...definitionsOf(summaries)].map((one) => [one.name, one]));
  const names = [...definitions.keys()].sort();
  return new Map(
    names.map((name) => [
      name,
      { definition: definitions.get(name)!, tagSets: (tagSets.get(name) ?? []).map(({ tags }) => tags) },
    ]),
  );
}

/** The other metric that is exposed under the same name, if there is one: only one of them can be. */
export function nameClash(metric: KnownMetric, known: ReadonlyMap<string, KnownMetric>): string | undefined {
  const { definition } = metric;
  if (definition.kind === "derived") return undefined;
  const name = prometheusName(definition);
  for (const { definition: other } of known.values()) {
    if (other.kind !== "derived" && other.name !== definition.name && prometheusName(other) === name) return other.name;
  }
  return undefined;
}

/** Every tag that a metric was seen with, or that it is grouped by. */
export function tagKeys({ definition, tagSets }: KnownMetric): readonly string[] {
  const grouped = definition.kind === "derived" ? (definition.groupBy ?? []) : [];
  return [...new Set([...grouped, ...tagSets.flatMap((tags) => Object.keys(tags))])].sort();
}
