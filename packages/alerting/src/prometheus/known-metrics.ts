import {
  definitionsOf,
  formulaInputs,
  type MetricSummary,
  type NamedDefinition,
  parseFormula,
  type Tags,
} from "@giflab/metrics-core";
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
  for (const one of neverRecorded([...definitions.values()])) definitions.set(one.name, one);
  const names = [...definitions.keys()].sort();
  return new Map(
    names.map((name) => [
      name,
      { definition: definitions.get(name)!, tagSets: (tagSets.get(name) ?? []).map(({ tags }) => tags) },
    ]),
  );
}

/** Counters that something is calculated from and that nobody has counted yet, such as the hits of a cache that has none. */
function neverRecorded(all: readonly NamedDefinition[]): readonly NamedDefinition[] {
  const known = new Map(all.map((one) => [one.name, one]));
  return all.flatMap((definition) => {
    if (definition.kind !== "derived") return [];
    const inputs = inputsOf(definition.formula);
    const missing = inputs.filter((name) => !known.has(name));
    const others = inputs.flatMap((name) => known.get(name) ?? []);
    if (others.length === 0 || others.some(({ kind }) => kind !== "counter")) return [];
    return missing.map((name): NamedDefinition => ({ name, kind: "counter" }));
  });
}

/** None of a formula that a newer version has written. */
function inputsOf(formula: string): readonly string[] {
  try {
    return formulaInputs(parseFormula(formula));
  } catch {
    return [];
  }
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
