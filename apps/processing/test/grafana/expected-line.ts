import {
  type DashboardLine,
  evaluateFormula,
  formulaInputs,
  type MemoryBackend,
  MergedSketch,
  type MetricCatalogue,
  type MetricPoint,
  parseFormula,
  type SeriesStatistic,
  type Tags,
} from "@giflab/metrics-core";

/** A window, epoch seconds. */
export interface Window {
  readonly from: number;
  readonly to: number;
}

/** What a line of a panel should show over a window, by the values of its tags (`JSON` of them in the order of `by`). */
export async function expectedLine(
  line: DashboardLine,
  {
    memory,
    catalogue,
    window,
  }: { readonly memory: MemoryBackend; readonly catalogue: MetricCatalogue; readonly window: Window },
): Promise<ReadonlyMap<string, number>> {
  const points = (await Array.fromAsync(memory.points({}))).filter(({ timestamp }) => timestamp <= window.to);
  const definition = catalogue[line.metric]!;
  const by = [...(definition.kind === "derived" ? (definition.groupBy ?? []) : []), ...(line.by ?? [])];
  const of = (metric: string, statistic: SeriesStatistic) =>
    statisticOf(points, { metric, statistic, by, where: line.where ?? {}, window, merge: mergeOf(catalogue, metric) });
  if (definition.kind === "derived") {
    const formula = parseFormula(definition.formula);
    const inputs = new Map<string, ReadonlyMap<string, number>>();
    const input = (name: string) => {
      const { kind } = catalogue[name]!;
      const statistic = kind === "counter" ? "sum" : kind === "gauge" ? "last" : "mean";
      let values = inputs.get(name);
      if (values === undefined) inputs.set(name, (values = of(name, statistic)));
      return values;
    };
    const groups = new Set(formulaInputs(formula).flatMap((name) => [...input(name).keys()]));
    return finite([...groups].map((group) => [group, evaluateFormula(formula, (name) => input(name).get(group) ?? 0)]));
  }
  const usual = definition.kind === "counter" ? "rate" : definition.kind === "gauge" ? "last" : "p95";
  const values = of(line.metric, line.statistic ?? usual);
  if (line.limit === undefined) return values;
  const limits = of(line.limit, "last");
  return finite([...values].map(([group, value]) => [group, value / limits.get(group)!]));
}

function mergeOf(catalogue: MetricCatalogue, metric: string): string | undefined {
  const definition = catalogue[metric]!;
  return definition.kind === "gauge" ? definition.merge : undefined;
}

interface Wanted {
  readonly metric: string;
  readonly statistic: SeriesStatistic;
  readonly by: readonly string[];
  readonly where: Tags;
  readonly window: Window;
  readonly merge: string | undefined;
}

function statisticOf(
  all: readonly MetricPoint[],
  { metric, statistic, by, where, window, merge }: Wanted,
): ReadonlyMap<string, number> {
  const points = all.filter(
    ({ name, tags }) => name === metric && Object.entries(where).every(([key, value]) => tags[key] === value),
  );
  const groups = Map.groupBy(points, ({ tags }) => JSON.stringify(by.map((tag) => tags[tag] ?? "")));
  const seconds = window.to - window.from;
  return finite(
    [...groups].map(([group, members]) => {
      const inside = members.filter(({ timestamp }) => timestamp > window.from);
      if (members[0]!.kind === "gauge") {
        const series = Map.groupBy(members, ({ tags }) => JSON.stringify(tags));
        const last = [...series.values()].map((stated) => (stated.at(-1) as { readonly value: number }).value);
        return [group, merge === "sum" ? last.reduce((sum, value) => sum + value, 0) : Math.max(...last)];
      }
      if (members[0]!.kind === "counter") {
        const sum = inside.reduce((total, point) => total + (point as { readonly value: number }).value, 0);
        return [group, statistic === "rate" ? sum / seconds : sum];
      }
      const sketch = new MergedSketch();
      for (const point of inside) if ("buckets" in point) sketch.add({ ...point, ...point.buckets });
      if (statistic === "mean") return [group, sketch.count === 0 ? undefined : sketch.sum / sketch.count];
      if (statistic === "rate") return [group, sketch.count / seconds];
      if (statistic === "count" || statistic === "sum") return [group, sketch[statistic]];
      return [group, sketch.quantile(Number(statistic.replace("p", "0.")))];
    }),
  );
}

function finite(entries: readonly (readonly [string, number | undefined])[]): ReadonlyMap<string, number> {
  return new Map(entries.filter((entry): entry is [string, number] => Number.isFinite(entry[1])));
}
