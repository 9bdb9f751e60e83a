import { type Aggregation, compareSeries, type InstanceState, Selection } from "./aggregation.ts";
import { CoveredTime } from "./covered-time.ts";
import { evaluateDerived, type FormulaOperand } from "./derived-metric.ts";
import { GaugeSamples } from "./gauge-samples.ts";
import { type GaugeWindow, mergedGaugeAt, walkGauge } from "./gauge-signal.ts";
import type { MetricKind, NamedDefinition, RecordedMetricDefinition } from "./metric-definition.ts";
import { MetricsError } from "./metrics-error.ts";
import type { MetricSeries, SeriesQuery, SeriesStatistic } from "./query.ts";
import { MergedSketch, type SketchData } from "./sketch.ts";
import { hasTags, tagSetKey } from "./tag-set.ts";
import type { Tags } from "./tags.ts";

/** Most steps of one query: as in Prometheus, so that a slip of the finger does not fill memory. */
export const MAX_STEPS = 11_000;

interface Accumulator {
  readonly sums: Map<number, number>;
  readonly increases: Map<number, number>;
  readonly sketches: Map<number, { readonly merged: MergedSketch; lastEnd: number }>;
  readonly samples: GaugeSamples;
}

const QUANTILES: Partial<Record<SeriesStatistic, number>> = { p50: 0.5, p90: 0.9, p95: 0.95, p99: 0.99, p999: 0.999 };

const DEFAULTS: Record<MetricKind | "derived", SeriesStatistic> = {
  counter: "rate",
  gauge: "last",
  histogram: "p95",
  timer: "p95",
  derived: "value",
};

const APPLICABLE: Record<MetricKind | "derived", readonly SeriesStatistic[]> = {
  counter: ["count", "sum", "rate"],
  gauge: ["last", "min", "max", "mean"],
  histogram: ["count", "sum", "rate", "min", "max", "mean", "last", "p50", "p90", "p95", "p99", "p999"],
  timer: ["count", "sum", "rate", "min", "max", "mean", "last", "p50", "p90", "p95", "p99", "p999"],
  derived: ["value"],
};

/** Merges what a store feeds it into one value per series and step. Series to which the statistic does not apply are left out. */
export class SeriesAggregation implements Aggregation {
  readonly #query: SeriesQuery;
  readonly #selection: Selection;
  readonly #steps: number;
  readonly #accumulators = new Map<number, Accumulator>();
  readonly #covered = new Map<number, CoveredTime>();

  /** Throws `INVALID_QUERY` for a window that is none, a step of 0 or less, or more than `MAX_STEPS` steps. */
  constructor(query: SeriesQuery, derived: readonly NamedDefinition[]) {
    this.#query = query;
    this.#selection = new Selection(query, derived);
    this.#steps = Math.ceil((query.to - query.from) / query.stepSeconds - 1e-9);
    if (!(query.stepSeconds > 0 && query.stepSeconds < Number.POSITIVE_INFINITY && this.#steps <= MAX_STEPS)) {
      throw new MetricsError(
        "INVALID_QUERY",
        `stepSeconds must be above 0 and give at most ${MAX_STEPS} steps, got ${query.stepSeconds}: take a longer step or a shorter window`,
      );
    }
  }

  instance(state: InstanceState): number {
    return this.#selection.instance(state);
  }

  series(name: string, tags: Tags, definition: RecordedMetricDefinition): number {
    return this.#selection.wantSeries(name, tags, definition);
  }

  cover(_instance: number, start: number, end: number): void {
    const step = this.#stepOf(end);
    if (step < 0) return;
    let covered = this.#covered.get(step);
    if (covered === undefined) {
      covered = new CoveredTime();
      this.#covered.set(step, covered);
    }
    covered.add(start, end);
  }

  counter(series: number, _instance: number, end: number, delta: number, increases: number = delta > 0 ? 1 : 0): void {
    const { sums, increases: counted } = this.#accumulator(series);
    const step = this.#stepOf(end);
    if (step < 0) return;
    sums.set(step, (sums.get(step) ?? 0) + delta);
    if (increases > 0) counted.set(step, (counted.get(step) ?? 0) + increases);
  }

  gauge(series: number, instance: number, end: number, value: number): void {
    if (end <= this.#query.to) this.#accumulator(series).samples.add(instance, end, value);
  }

  sketch(series: number, _instance: number, end: number, data: SketchData): void {
    const { sketches } = this.#accumulator(series);
    const step = this.#stepOf(end);
    if (step < 0 || data.count === 0) return;
    let sketch = sketches.get(step);
    if (sketch === undefined) {
      sketch = { merged: new MergedSketch(), lastEnd: Number.NEGATIVE_INFINITY };
      sketches.set(step, sketch);
    }
    const { last } = sketch.merged;
    sketch.merged.add(data);
    if (end < sketch.lastEnd) sketch.merged.last = last;
    else sketch.lastEnd = end;
  }

  /** One entry per listed series with one point per step, sorted by name and tags. */
  finish(): MetricSeries[] {
    const found: MetricSeries[] = [];
    for (const [index, accumulator] of this.#accumulators) {
      const { name, tags, definition, listed } = this.#selection.series[index]!;
      const statistic = this.#query.statistic ?? DEFAULTS[definition.kind];
      if (!listed || !APPLICABLE[definition.kind].includes(statistic)) continue;
      const values = this.#values(accumulator, definition, statistic);
      found.push({ name, kind: definition.kind, unit: definition.unit, tags, statistic, points: this.#points(values) });
    }
    if ((this.#query.statistic ?? "value") === "value") found.push(...this.#derive());
    return found.sort(compareSeries);
  }

  /** The step in which a moment lies, or -1 outside the window. Step 0 is `(from, from + stepSeconds]`. */
  #stepOf(end: number): number {
    const { from, to, stepSeconds } = this.#query;
    if (end <= from || end > to) return -1;
    return Math.min(this.#steps - 1, Math.max(0, Math.ceil((end - from) / stepSeconds - 1e-9) - 1));
  }

  #endOf(step: number): number {
    const { from, to, stepSeconds } = this.#query;
    return Math.min(to, from + (step + 1) * stepSeconds);
  }

  #points(values: readonly (number | undefined)[]): [number, number | null][] {
    return values.map((value, step) => [this.#endOf(step), value ?? null]);
  }

  #accumulator(series: number): Accumulator {
    let found = this.#accumulators.get(series);
    if (found === undefined) {
      found = { sums: new Map(), increases: new Map(), sketches: new Map(), samples: new GaugeSamples() };
      this.#accumulators.set(series, found);
    }
    return found;
  }

  #values(from: Accumulator, definition: RecordedMetricDefinition, statistic: SeriesStatistic): (number | undefined)[] {
    const steps = Array.from({ length: this.#steps }, (_, step) => step);
    if (definition.kind === "gauge") return this.#gaugeValues(from.samples, definition, statistic);
    return steps.map((step) => {
      const seconds = this.#covered.get(step)?.seconds() ?? 0;
      if (definition.kind !== "counter") return sketchValue(from.sketches.get(step)?.merged, statistic, seconds);
      const known = from.sums.get(step);
      if (known === undefined && !this.#covered.has(step)) return undefined;
      if (statistic === "count") return from.increases.get(step) ?? 0;
      if (statistic === "sum") return known ?? 0;
      return seconds > 0 ? (known ?? 0) / seconds : undefined;
    });
  }

  #gaugeValues(
    unordered: GaugeSamples,
    definition: RecordedMetricDefinition,
    statistic: SeriesStatistic,
  ): (number | undefined)[] {
    const { from, to } = this.#query;
    const goneAt = (instance: number): number => this.#selection.goneAt(instance);
    const samples = unordered.inOrder();
    const window: GaugeWindow = { samples, goneAt, merge: definition.merge ?? "last", from, to };
    const values: (number | undefined)[] = new Array(this.#steps).fill(undefined);
    const seconds = new Float64Array(this.#steps);
    const areas = new Float64Array(this.#steps);
    const end = walkGauge(window, (begin, until, value) =>
      this.#eachStep(begin, until, (step, held) => {
        if (statistic === "mean") {
          seconds[step]! += held;
          areas[step]! += value * held;
          values[step] = areas[step]! / seconds[step]!;
        } else values[step] = combine(statistic, values[step], value);
      }),
    );
    if (end === undefined) return values;
    // What is stated at the very end of a step has held for no time in it, and yet is the value there.
    const ends = values.map((_, step) => this.#endOf(step));
    for (const [step, value] of mergedGaugeAt(window, ends).entries()) {
      if (value === undefined) continue;
      if (statistic !== "mean") values[step] = combine(statistic, values[step], value);
      else values[step] ??= value;
    }
    // The same of an instance that ended with the step.
    for (let i = 0; i < samples.length; i++) {
      const step = this.#stepOf(samples.times[i]!);
      if (step >= 0 && !Number.isNaN(samples.values[i]!)) values[step] ??= samples.values[i]!;
    }
    return values;
  }

  /** Cuts a stretch at step ends: calls `take` with each step and the seconds that lie in it, in time order. */
  #eachStep(from: number, to: number, take: (step: number, seconds: number) => void): void {
    const { from: begin, stepSeconds } = this.#query;
    for (let start = from; start < to; ) {
      const step = Math.min(this.#steps - 1, Math.floor((start - begin) / stepSeconds + 1e-9));
      const end = Math.min(to, this.#endOf(step));
      if (end <= start) break;
      take(step, end - start);
      start = end;
    }
  }

  #derive(): MetricSeries[] {
    const inputs = new Set(this.#selection.derived.flatMap((metric) => metric.inputs));
    const columns = [...this.#accumulators].flatMap(([index, accumulator]) => {
      const { name, tags, definition } = this.#selection.series[index]!;
      if (!inputs.has(name)) return [];
      const { kind } = definition;
      const statistic = kind === "counter" ? "sum" : kind === "gauge" ? "last" : "mean";
      return [{ name, kind, tags, values: this.#values(accumulator, definition, statistic) }];
    });
    return this.#selection.derived.flatMap((metric) => {
      const rows = new Map<string, { readonly tags: Tags; readonly values: (number | undefined)[] }>();
      for (let step = 0; step < this.#steps; step++) {
        const operands: FormulaOperand[] = columns.map(({ values, ...column }) => ({ ...column, value: values[step] }));
        for (const { tags, value } of evaluateDerived(metric, operands, this.#query.tags)) {
          if (!hasTags(tags, this.#query.tags) && value === undefined) continue;
          const key = tagSetKey(tags);
          const row = rows.get(key) ?? { tags, values: new Array(this.#steps).fill(undefined) };
          row.values[step] = value;
          rows.set(key, row);
        }
      }
      return [...rows.values()].map(({ tags, values }): MetricSeries => {
        const { name, definition } = metric;
        return { name, kind: "derived", unit: definition.unit, tags, statistic: "value", points: this.#points(values) };
      });
    });
  }
}

/** `min`, `max` or `last` of what is known so far and a later value. */
function combine(statistic: SeriesStatistic, before: number | undefined, value: number): number {
  if (before === undefined || statistic === "last") return value;
  return statistic === "min" ? Math.min(before, value) : Math.max(before, value);
}

function sketchValue(
  sketch: MergedSketch | undefined,
  statistic: SeriesStatistic,
  seconds: number,
): number | undefined {
  if (sketch === undefined)
    return statistic === "count" || statistic === "sum" || statistic === "rate"
      ? seconds > 0
        ? 0
        : undefined
      : undefined;
  const quantile = QUANTILES[statistic];
  if (quantile !== undefined) return sketch.quantile(quantile);
  if (statistic === "rate") return seconds > 0 ? sketch.count / seconds : undefined;
  if (statistic === "mean") return sketch.sum / sketch.count;
  if (sketch.estimated && (statistic === "min" || statistic === "max" || statistic === "last")) return undefined;
  return sketch[statistic as "count" | "sum" | "min" | "max" | "last"];
}
