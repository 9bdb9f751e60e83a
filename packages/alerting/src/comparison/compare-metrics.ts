import { globMatcher, type NamedDefinition, type NormalRange, type Tags } from "@giflab/metrics-core";
import { compareSamples, MIN_UNITS, type SampleComparison } from "./compare-samples.ts";
import { type ComparedStatistic, derivedGroups, derivedSample, seriesSample, type UnitKind } from "./measures.ts";
import type { CollectedSeries, UnitCollector } from "./unit-collector.ts";
import type { UnitSample } from "./unit-sample.ts";

export interface CompareOptions {
  /** The smallest change that matters, as a share above 0: 0.1 is 10 %. */
  readonly threshold: number;
  /** Of timers and histograms; default `mean`. Counters are compared by rate, gauges by their mean over time. */
  readonly statistic?: ComparedStatistic;
  /** What units are; default: runs where either side has 8 processes or more of a metric, else flush windows. */
  readonly unit?: UnitKind;
  /** What is known of the metrics: derived ones are compared when they are here, and normal ranges say what is better. */
  readonly definitions: readonly NamedDefinition[];
  /** Names or globs of metrics of which more is better, or less, whatever is known otherwise. */
  readonly higherIsBetter?: readonly string[];
  readonly lowerIsBetter?: readonly string[];
  /** Whether a metric is compared; default all. */
  readonly wanted?: (name: string, tags: Tags) => boolean;
}

/** One metric, before and after. */
export interface MetricComparison extends SampleComparison {
  readonly name: string;
  readonly tags: Tags;
  readonly kind: NamedDefinition["kind"];
  readonly unit: string | undefined;
  /** What was compared: `rate`, `mean`, `p95`, `value`. */
  readonly statistic: ComparedStatistic | "rate" | "value";
  /** What is good; `undefined` when nobody knows, and then nothing about it is worse. */
  readonly better: "higher" | "lower" | undefined;
  /** What the units were. */
  readonly unitKind: UnitKind;
}

/**
 * Compares every metric that either side has, in order of name. Timers are better when lower, what has a normal range as it
 * says; of all else only the change is told. One that only one side has is inconclusive, but for a counter that was 0.
 */
export function compareMetrics(
  before: UnitCollector,
  after: UnitCollector,
  options: CompareOptions,
): readonly MetricComparison[] {
  const { statistic = "mean", definitions, wanted = () => true } = options;
  const named = new Map(definitions.map((definition) => [definition.name, definition]));
  const compare = (
    what: Pick<MetricComparison, "name" | "tags" | "kind" | "unit" | "statistic">,
    sampleOf: (side: UnitCollector, unitKind: UnitKind) => UnitSample,
  ): MetricComparison => {
    const better = betterOf(what, named.get(what.name)?.normalRange, options);
    const unitKind = options.unit ?? unitKindOf(sampleOf(before, "run"), sampleOf(after, "run"));
    const { threshold } = options;
    return {
      ...what,
      better,
      unitKind,
      ...compareSamples(sampleOf(before, unitKind), sampleOf(after, unitKind), { threshold, better }),
    };
  };
  const compared: MetricComparison[] = [];
  for (const key of new Set([...before.series.keys(), ...after.series.keys()])) {
    const one = (after.series.get(key) ?? before.series.get(key))!;
    if (!wanted(one.name, one.tags)) continue;
    const { name, tags, kind, unit } = one;
    const statisticOf = kind === "counter" ? "rate" : kind === "gauge" ? "mean" : statistic;
    compared.push(
      compare({ name, tags, kind, unit, statistic: statisticOf }, (side, unitKind) =>
        seriesSample(
          side,
          side.series.get(key) ?? absent(one, side, key, side === before ? after : before),
          unitKind,
          statistic,
        ),
      ),
    );
  }
  for (const definition of definitions) {
    if (definition.kind !== "derived") continue;
    const { name, kind, unit, formula } = definition;
    const groups = new Map(
      [before, after].flatMap((side) => derivedGroups(side, definition)).map((tags) => [JSON.stringify(tags), tags]),
    );
    for (const tags of groups.values()) {
      if (!wanted(name, tags)) continue;
      compared.push(
        compare({ name, tags, kind, unit, statistic: "value" }, (side, unitKind) =>
          derivedSample(side, { formula }, tags, unitKind),
        ),
      );
    }
  }
  return compared.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

/** A series that a side does not have: a counter was 0 in the processes of the services that count it on the other side. */
function absent(one: CollectedSeries, side: UnitCollector, key: string, other: UnitCollector): CollectedSeries {
  if (one.kind !== "counter") return { ...one, cells: new Map() };
  const services = new Set([...(other.series.get(key)?.cells.keys() ?? [])].map(({ service }) => service));
  const processes = [...side.instances.values()].filter(({ service }) => services.has(service));
  return { ...one, cells: new Map(processes.map((instance) => [instance, new Map()])) };
}

function unitKindOf(...sides: readonly UnitSample[]): UnitKind {
  return sides.every(({ units }) => units.length >= MIN_UNITS) ? "run" : "window";
}

function betterOf(
  { name, kind, unit }: Pick<MetricComparison, "name" | "kind" | "unit">,
  range: NormalRange | undefined,
  { higherIsBetter = [], lowerIsBetter = [] }: CompareOptions,
): "higher" | "lower" | undefined {
  const listed = (patterns: readonly string[]): boolean => patterns.some((pattern) => globMatcher(pattern)(name));
  if (listed(higherIsBetter)) return "higher";
  if (listed(lowerIsBetter)) return "lower";
  if (range?.better !== undefined) return range.better;
  if (range !== undefined && (range.min === undefined) !== (range.max === undefined))
    return range.min === undefined ? "lower" : "higher";
  return kind === "timer" || (kind === "histogram" && unit === "s") ? "lower" : undefined;
}
