import { type Aggregation, compareSeries, type InstanceState, Selection } from "./aggregation.ts";
import { CoveredTime } from "./covered-time.ts";
import { evaluateDerived, type FormulaOperand } from "./derived-metric.ts";
import { summariseGauge } from "./gauge-signal.ts";
import type { MetricDefinition, NamedDefinition, NormalRange, RecordedMetricDefinition } from "./metric-definition.ts";
import { isNormal } from "./normal-range.ts";
import type { MetricSummary, SummaryQuery } from "./query.ts";
import type { MergedSketch, SketchData } from "./sketch.ts";
import { mergeAccumulators, SummaryAccumulator } from "./summary-accumulator.ts";
import { hasTags, tagSetKey } from "./tag-set.ts";
import type { Tags } from "./tags.ts";

const NOBODY: ReadonlySet<number> = new Set();

type Numbers = Pick<
  MetricSummary,
  | "count"
  | "sum"
  | "rate"
  | "min"
  | "max"
  | "mean"
  | "p50"
  | "p90"
  | "p95"
  | "p99"
  | "p999"
  | "last"
  | "value"
  | "stale"
>;

const NOTHING: Numbers = {
  count: 0,
  sum: undefined,
  rate: undefined,
  min: undefined,
  max: undefined,
  mean: undefined,
  p50: undefined,
  p90: undefined,
  p95: undefined,
  p99: undefined,
  p999: undefined,
  last: undefined,
  value: undefined,
  stale: false,
};

/** Merges what a store feeds it into one summary per series over the query's window, and evaluates derived metrics. */
export class SummaryAggregation implements Aggregation {
  readonly #query: SummaryQuery;
  readonly #selection: Selection;
  readonly #accumulators = new Map<number, Map<number, SummaryAccumulator>>();
  /** What was fed to last: mostly the next point is of the same. */
  #latest: SummaryAccumulator | undefined;
  readonly #covered: CoveredTime[] = [];
  readonly #allCovered = new CoveredTime();
  readonly #measured = new Map<CoveredTime, number>();

  /** Throws `INVALID_QUERY` for a window that is none. */
  constructor(query: SummaryQuery, derived: readonly NamedDefinition[]) {
    this.#query = query;
    this.#selection = new Selection(query, derived);
  }

  instance(state: InstanceState): number {
    return this.#selection.instance(state);
  }

  series(name: string, tags: Tags, definition: RecordedMetricDefinition): number {
    return this.#selection.wantSeries(name, tags, definition);
  }

  cover(instance: number, start: number, end: number): void {
    this.#allCovered.add(start, end);
    this.#coveredBy(instance).add(start, end);
  }

  counter(series: number, instance: number, end: number, delta: number, increases: number = delta > 0 ? 1 : 0): void {
    const found = this.#enter(series, instance, end);
    if (found === undefined) return;
    found.sum += delta;
    found.increases += increases;
  }

  gauge(series: number, instance: number, end: number, value: number): void {
    if (end > this.#query.to) return;
    const entered = Number.isNaN(value) ? undefined : this.#enter(series, instance, end);
    const found = entered ?? this.#accumulator(series, instance);
    found.samples.add(instance, end, value);
  }

  sketch(series: number, instance: number, end: number, data: SketchData): void {
    this.#enter(series, instance, end)?.addSketch(end, data);
  }

  /** Summaries of everything listed that has data in the window or is known to be alive and idle, sorted by name and tags. */
  finish(): MetricSummary[] {
    const summaries: MetricSummary[] = [];
    const { collapseTags = false } = this.#query;
    const operands: (FormulaOperand & { readonly instance: number })[] = [];
    for (const byInstance of this.#accumulators.values()) {
      for (const accumulator of byInstance.values()) {
        const summary = this.#summarise(accumulator);
        if (summary === undefined) continue;
        const { name, kind, tags } = summary;
        const value = kind === "counter" ? summary.sum : kind === "gauge" ? summary.last : summary.mean;
        if (kind !== "derived") operands.push({ name, kind, tags, value, instance: accumulator.instance });
        if (this.#selection.series[accumulator.series]!.listed && !collapseTags) summaries.push(summary);
      }
    }
    if (collapseTags) summaries.push(...this.#collapsed());
    const instances = this.#query.byInstance ? this.#selection.instances.keys() : [-1];
    for (const instance of instances) {
      summaries.push(
        ...this.#derive(
          operands.filter((operand) => operand.instance === instance),
          instance,
        ),
      );
    }
    return summaries.sort(compareSeries);
  }

  /** Summaries of the listed series, merged over the tags that `collapseTags` leaves out. */
  #collapsed(): MetricSummary[] {
    const merged = new Map<string, SummaryAccumulator>();
    for (const byInstance of this.#accumulators.values()) {
      for (const accumulator of byInstance.values()) {
        const { name, definition, listed } = this.#selection.series[accumulator.series]!;
        if (!listed) continue;
        const kept = Object.keys(definition.normalRange?.where ?? {});
        const tags =
          definition.kind === "gauge"
            ? accumulator.tags
            : Object.fromEntries(Object.entries(accumulator.tags).filter(([key]) => kept.includes(key)));
        const key = `${accumulator.instance} ${definition.kind} ${name} ${tagSetKey(tags)}`;
        const before = merged.get(key);
        merged.set(
          key,
          mergeAccumulators(
            before ?? new SummaryAccumulator(accumulator.series, tags, accumulator.instance),
            accumulator,
          ),
        );
      }
    }
    return [...merged.values()].flatMap((accumulator) => this.#summarise(accumulator) ?? []);
  }

  /** The accumulator of a point in the window; look-back only leaves a mark and gives `undefined`. */
  #enter(series: number, instance: number, end: number): SummaryAccumulator | undefined {
    if (end > this.#query.to) return undefined;
    const found = this.#accumulator(series, instance);
    if (end <= this.#query.from) {
      found.look(instance, end);
      return undefined;
    }
    found.enter(instance, end);
    return found;
  }

  #accumulator(series: number, instance: number): SummaryAccumulator {
    const key = this.#query.byInstance ? instance : -1;
    const latest = this.#latest;
    if (latest !== undefined && latest.series === series && latest.instance === key) return latest;
    let byInstance = this.#accumulators.get(series);
    if (byInstance === undefined) {
      byInstance = new Map();
      this.#accumulators.set(series, byInstance);
    }
    let found = byInstance.get(key);
    if (found === undefined) {
      found = new SummaryAccumulator(series, this.#selection.series[series]!.tags, key);
      byInstance.set(key, found);
    }
    this.#latest = found;
    return found;
  }

  #coveredBy(instance: number): CoveredTime {
    this.#covered[instance] ??= new CoveredTime();
    return this.#covered[instance];
  }

  #summarise(from: SummaryAccumulator): MetricSummary | undefined {
    const series = this.#selection.series[from.series]!;
    const covered = this.#coveredSeconds(from.instance);
    const idle = from.points === 0 && ![...from.earlier].some((one) => !this.#coveredBy(one).empty);
    const numbers = series.definition.kind === "gauge" ? this.#gaugeNumbers(from) : undefined;
    if (numbers === undefined && (idle || series.definition.kind === "gauge")) return undefined;
    const lastSeen = Math.max(from.last, from.before);
    return this.#complete(series.name, series.definition, from.tags, numbers ?? flowNumbers(from, covered), {
      covered,
      firstSeen: from.points > 0 ? from.first : undefined,
      lastSeen: lastSeen > Number.NEGATIVE_INFINITY ? lastSeen : undefined,
      active: from.active,
      earlier: from.earlier,
      instance: from.instance,
    });
  }

  #coveredSeconds(instance: number): number {
    return this.#secondsOf(instance < 0 ? this.#allCovered : this.#coveredBy(instance));
  }

  #secondsOf(covered: CoveredTime): number {
    const seconds = this.#measured.get(covered) ?? covered.seconds();
    this.#measured.set(covered, seconds);
    return seconds;
  }

  #gaugeNumbers(from: SummaryAccumulator): Numbers | undefined {
    const { definition } = this.#selection.series[from.series]!;
    const { from: begin, to } = this.#query;
    const goneAt = (one: number): number => this.#selection.goneAt(one);
    const summary = summariseGauge({
      samples: from.samples,
      goneAt,
      merge: definition.merge ?? "last",
      from: begin,
      to,
    });
    if (summary === undefined) return undefined;
    const { count, min, max, mean, last, stale } = summary;
    return { ...NOTHING, count, min, max, mean, last, stale };
  }

  #derive(operands: readonly FormulaOperand[], instance: number): MetricSummary[] {
    const { collapseTags = false } = this.#query;
    const derived = this.#selection.derived.map((metric) =>
      collapseTags ? { ...metric, definition: { ...metric.definition, groupBy: [] } } : metric,
    );
    return derived.flatMap(({ name, definition, ...metric }) =>
      evaluateDerived({ name, definition, ...metric }, operands, this.#query.tags)
        .filter(({ tags, value }) => value !== undefined || hasTags(tags, this.#query.tags))
        .map(({ tags, value }) =>
          this.#complete(
            name,
            definition,
            tags,
            { ...NOTHING, value },
            {
              covered: this.#coveredSeconds(instance),
              firstSeen: undefined,
              lastSeen: undefined,
              active: NOBODY,
              earlier: NOBODY,
              instance,
            },
          ),
        ),
    );
  }

  #complete(
    name: string,
    definition: MetricDefinition,
    tags: Tags,
    numbers: Numbers,
    seen: {
      readonly covered: number;
      readonly firstSeen: number | undefined;
      readonly lastSeen: number | undefined;
      readonly active: ReadonlySet<number>;
      readonly earlier: ReadonlySet<number>;
      readonly instance: number;
    },
  ): MetricSummary {
    const { instances } = this.#selection;
    const active = [...seen.active].map((one) => instances[one]!.identity);
    const known = active.length > 0 ? active : [...seen.earlier].map((one) => instances[one]!.identity);
    const services = new Set(known.map((identity) => identity.service));
    const range = definition.normalRange;
    return {
      name,
      kind: definition.kind,
      unit: definition.unit,
      description: definition.description,
      system: definition.system,
      tags,
      ...numbers,
      normal: range === undefined ? null : judge(range, definition.kind, tags, numbers),
      normalRange: range,
      covered: seen.covered,
      firstSeen: seen.firstSeen,
      lastSeen: seen.lastSeen,
      merge: definition.kind === "gauge" ? (definition.merge ?? "last") : undefined,
      services: [...services].sort(),
      instances: active.map((identity) => identity.writerId).sort(),
      instance: seen.instance < 0 ? undefined : instances[seen.instance]!.identity,
      formula: definition.kind === "derived" ? definition.formula : undefined,
    };
  }
}

/** Numbers of counters, histograms and timers. */
function flowNumbers(from: SummaryAccumulator, covered: number): Numbers {
  const perSecond = (total: number): number | undefined => (covered > 0 ? total / covered : undefined);
  const { sketch } = from;
  if (sketch === undefined) {
    return { ...NOTHING, count: from.increases, sum: from.sum, rate: perSecond(from.sum) };
  }
  return {
    ...NOTHING,
    count: sketch.count,
    sum: sketch.sum,
    rate: perSecond(sketch.count),
    min: sketch.estimated ? undefined : sketch.min,
    max: sketch.estimated ? undefined : sketch.max,
    mean: meanOf(sketch),
    p50: sketch.quantile(0.5),
    p90: sketch.quantile(0.9),
    p95: sketch.quantile(0.95),
    p99: sketch.quantile(0.99),
    p999: sketch.quantile(0.999),
    last: sketch.estimated ? undefined : sketch.last,
  };
}

/** A sum is rounded, so the mean of equal values may come to lie beside them. */
function meanOf({ estimated, count, sum, min, max }: MergedSketch): number {
  return estimated ? sum / count : Math.min(max, Math.max(min, sum / count));
}

function judge(range: NormalRange, kind: MetricDefinition["kind"], tags: Tags, numbers: Numbers): boolean | null {
  if (!hasTags(tags, range.where)) return null;
  const statistic =
    range.statistic ?? (kind === "derived" ? "value" : kind === "gauge" ? "last" : kind === "counter" ? "rate" : "p95");
  const perMinute = statistic === "ratePerMinute";
  const value = numbers[perMinute ? "rate" : statistic];
  return value === undefined ? null : isNormal(range, perMinute ? value * 60 : value);
}
