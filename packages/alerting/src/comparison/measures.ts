import {
  evaluateFormula,
  formulaInputs,
  MergedSketch,
  type NamedDefinition,
  parseFormula,
  type Tags,
} from "@giflab/metrics-core";
import type { Cell, CollectedInstance, CollectedSeries, UnitCollector } from "./unit-collector.ts";
import type { UnitSample } from "./unit-sample.ts";

/** A number of timers and histograms that can be compared: the mean, or a quantile of each unit, weighted by its calls. */
export type ComparedStatistic = "mean" | "p50" | "p90" | "p95" | "p99";

export const COMPARED_STATISTICS: readonly ComparedStatistic[] = ["mean", "p50", "p90", "p95", "p99"];

const QUANTILES: Readonly<Record<Exclude<ComparedStatistic, "mean">, number>> = {
  p50: 0.5,
  p90: 0.9,
  p95: 0.95,
  p99: 0.99,
};

/** What is taken for a unit: all that one process recorded, or a window of it. */
export type UnitKind = "run" | "window";

/** One process in one unit: the windows it consists of. */
interface Unit {
  readonly instance: CollectedInstance;
  readonly windows: readonly number[];
}

const ratio = (sums: Float64Array): number | undefined => (sums[1] === 0 ? undefined : sums[0]! / sums[1]!);

/** The sample of a recorded series: its rate (counters), its mean (gauges), or the statistic of its calls. */
export function seriesSample(
  side: UnitCollector,
  series: CollectedSeries,
  unitKind: UnitKind,
  statistic: ComparedStatistic,
): UnitSample {
  return sample(
    unitsOf(side, series.kind === "counter" ? withItsServices(side, series) : [...series.cells.keys()], unitKind),
    (unit) => {
      if (series.kind === "counter") return Float64Array.of(sumOf(series, unit), coveredOf(unit));
      if (series.kind === "gauge") return gaugeRow(series, unit);
      return distributionRow(series, unit, statistic);
    },
    ratio,
  );
}

/**
 * The sample of a derived metric over all series of its inputs that carry `tags`. As in a query, a counter stands for its
 * sum, a gauge for its mean over the unit, a timer or histogram for its mean.
 */
export function derivedSample(
  side: UnitCollector,
  { formula: text }: { readonly formula: string },
  tags: Tags,
  unitKind: UnitKind,
): UnitSample {
  const formula = parseFormula(text);
  const names = formulaInputs(formula);
  const inputs = names.map((name) =>
    [...side.series.values()].filter(
      (one) => one.name === name && Object.entries(tags).every(([key, value]) => one.tags[key] === value),
    ),
  );
  const kinds = inputs.map((of) => of[0]?.kind);
  const instances = new Set(
    inputs.flat().flatMap((one) => (one.kind === "counter" ? withItsServices(side, one) : [...one.cells.keys()])),
  );
  const countersOnly = kinds.every((kind) => kind === undefined || kind === "counter");
  const row = (unit: Unit): Float64Array => {
    const columns = new Float64Array(2 * names.length);
    for (const [input, of] of inputs.entries()) {
      for (const series of of) {
        const [sum, weight] =
          series.kind === "counter"
            ? [sumOf(series, unit), 0]
            : series.kind === "gauge"
              ? gaugeRow(series, unit)
              : distributionRow(series, unit, "mean");
        columns[2 * input]! += sum!;
        // Gauges of several tag sets add up; their time does not.
        columns[2 * input + 1] =
          series.kind === "gauge" ? Math.max(columns[2 * input + 1]!, weight!) : columns[2 * input + 1]! + weight!;
      }
    }
    return columns;
  };
  const estimate = (sums: Float64Array): number | undefined =>
    evaluateFormula(formula, (name) => {
      const input = names.indexOf(name);
      const kind = kinds[input];
      if (kind === "counter") return sums[2 * input];
      if (kind === undefined) return countersOnly ? 0 : undefined;
      return sums[2 * input + 1] === 0 ? undefined : sums[2 * input]! / sums[2 * input + 1]!;
    });
  return sample(unitsOf(side, [...instances], unitKind), row, estimate);
}

/** The tag sets over which a derived metric is grouped: the combinations that its inputs have. */
export function derivedGroups(
  side: UnitCollector,
  definition: NamedDefinition & { readonly kind: "derived" },
): readonly Tags[] {
  const { groupBy = [], formula } = definition;
  const names = new Set(formulaInputs(parseFormula(formula)));
  const groups = new Map<string, Tags>();
  for (const { name, tags } of side.series.values()) {
    if (!names.has(name) || !groupBy.every((key) => Object.hasOwn(tags, key))) continue;
    const group = Object.fromEntries(groupBy.map((key) => [key, tags[key]!]));
    groups.set(JSON.stringify(group), group);
  }
  return [...groups.values()];
}

/** Units without anything in them are left out. */
function sample(
  units: readonly (readonly Unit[])[],
  row: (unit: Unit) => Float64Array,
  estimate: UnitSample["estimate"],
): UnitSample {
  const rows: Float64Array[] = [];
  const sequences: number[] = [];
  for (const sequence of units) {
    const filled = sequence.map(row).filter((columns) => columns.some((value) => value !== 0));
    if (filled.length === 0) continue;
    sequences.push(rows.length);
    rows.push(...filled);
  }
  return { units: rows, sequences, estimate };
}

/** Units by instance, in order of time. */
function unitsOf(
  side: UnitCollector,
  instances: readonly CollectedInstance[],
  kind: UnitKind,
): readonly (readonly Unit[])[] {
  const known = new Set(instances);
  return [...side.instances.values()]
    .filter((instance) => known.has(instance))
    .map((instance) => {
      const windows = [...instance.covered.keys()].sort((a, b) => a - b);
      return kind === "run" ? [{ instance, windows }] : windows.map((window) => ({ instance, windows: [window] }));
    });
}

/** A process that did not touch a counter has counted 0, if it is of a service that has the counter. */
function withItsServices(side: UnitCollector, { cells }: CollectedSeries): readonly CollectedInstance[] {
  const services = new Set([...cells.keys()].map(({ service }) => service));
  return [...side.instances.values()].filter(({ service }) => services.has(service));
}

function cellsOf({ cells }: CollectedSeries, { instance, windows }: Unit): Cell[] {
  const own = cells.get(instance);
  return own === undefined ? [] : windows.flatMap((window) => own.get(window) ?? []);
}

function coveredOf({ instance, windows }: Unit): number {
  return windows.reduce((total, window) => total + (instance.covered.get(window) ?? 0), 0);
}

function sumOf(series: CollectedSeries, unit: Unit): number {
  return cellsOf(series, unit).reduce((total, { sum }) => total + sum, 0);
}

/** Value times seconds, and seconds. A gauge that is not stated is as it was. */
function gaugeRow(series: CollectedSeries, unit: Unit): Float64Array {
  const own = series.cells.get(unit.instance);
  const columns = new Float64Array(2);
  for (const window of unit.windows) {
    const cell = own?.get(window) ?? latestBefore(own, window);
    if (cell === undefined || cell.weight === 0) continue;
    const seconds = unit.instance.covered.get(window) ?? 0;
    columns[0]! += (cell.sum / cell.weight) * seconds;
    columns[1]! += seconds;
  }
  return columns;
}

function latestBefore(windows: ReadonlyMap<number, Cell> | undefined, window: number): Cell | undefined {
  let latest = Number.NEGATIVE_INFINITY;
  for (const other of windows?.keys() ?? []) if (other < window && other > latest) latest = other;
  return windows?.get(latest);
}

function distributionRow(series: CollectedSeries, unit: Unit, statistic: ComparedStatistic): Float64Array {
  const cells = cellsOf(series, unit);
  const count = cells.reduce((total, { sketch }) => total + sketch!.count, 0);
  if (statistic === "mean")
    return Float64Array.of(
      cells.reduce((total, { sum }) => total + sum, 0),
      count,
    );
  const merged = cells.length === 1 ? cells[0]!.sketch! : new MergedSketch();
  if (cells.length !== 1) for (const { sketch } of cells) merged.add(sketch!.toData());
  return Float64Array.of((merged.quantile(QUANTILES[statistic]) ?? 0) * count, count);
}
