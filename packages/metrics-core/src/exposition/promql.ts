import { type Formula, parseFormula } from "../formula.ts";
import type { DerivedMetricDefinition, GaugeMerge, NamedDefinition } from "../metric-definition.ts";
import type { SeriesStatistic } from "../query.ts";
import { exposedUnit } from "./exposed-unit.ts";
import { prometheusLabel, prometheusName } from "./prometheus-name.ts";

export interface PromqlOptions {
  /** Length of the window as PromQL writes it: `5m`, or a dashboard's `$__rate_interval`. */
  readonly range: string;
  /** What series must have, as PromQL writes it between braces: `job="api",tier=~"a|b"`. Default: nothing. */
  readonly matchers?: string;
  /** Tags of the result; everything else is merged. Without it all labels stay apart but those of `without`. */
  readonly by?: readonly string[];
  /** Labels to merge over when `by` is not given; default `instance`. */
  readonly without?: readonly string[];
}

type Recorded = Exclude<NamedDefinition, { readonly kind: "derived" }>;

const QUANTILES: Readonly<Partial<Record<SeriesStatistic, string>>> = {
  p50: "0.5",
  p90: "0.9",
  p95: "0.95",
  p99: "0.99",
  p999: "0.999",
};

/** How gauges of several processes become one. Nothing in PromQL knows which was stated last: there the largest counts. */
const GAUGE_MERGES: Readonly<Record<GaugeMerge, string>> = { sum: "sum", max: "max", mean: "avg", last: "max" };

/**
 * The PromQL expression for a statistic of a recorded metric over a window, in its exposed unit; `undefined` where classic
 * exposition cannot answer (the extremes of a histogram, the last value of a counter).
 *
 * The `p95` of the timer `load` by `tier` over five minutes is
 * `histogram_quantile(0.95, sum by (le, tier) (rate(load_seconds_bucket[5m])))`.
 */
export function promqlStatistic(
  metric: Recorded,
  statistic: SeriesStatistic,
  options: PromqlOptions,
): string | undefined {
  const name = prometheusName(metric);
  const { range, matchers = "" } = options;
  const braces = matchers === "" ? "" : `{${matchers}}`;
  const over = (call: string, suffix = "") => `${call}(${name}${suffix}${braces}[${range}])`;
  const summed = (what: string, ...labels: string[]) => `sum${clause(options, labels)} (${what})`;
  if (metric.kind === "counter") {
    if (statistic === "rate") return summed(over("rate"));
    return statistic === "sum" ? summed(over("increase")) : undefined;
  }
  if (metric.kind === "gauge") {
    const merged = (what: string) => `${GAUGE_MERGES[metric.merge ?? "last"]}${clause(options)} (${what})`;
    if (statistic === "last") return merged(`${name}${braces}`);
    if (statistic === "mean") return merged(over("avg_over_time"));
    return statistic === "min" || statistic === "max" ? merged(over(`${statistic}_over_time`)) : undefined;
  }
  const quantile = QUANTILES[statistic];
  if (quantile !== undefined) return `histogram_quantile(${quantile}, ${summed(over("rate", "_bucket"), "le")})`;
  if (statistic === "rate") return summed(over("rate", "_count"));
  if (statistic === "count") return summed(over("increase", "_count"));
  if (statistic === "sum") return summed(over("increase", "_sum"));
  if (statistic === "mean") return `${summed(over("rate", "_sum"))} / ${summed(over("rate", "_count"))}`;
  return undefined;
}

/**
 * The PromQL expression for a derived metric, in the unit of its formula: a counter stands for its increase in the window,
 * a gauge for its present value, a timer or histogram for its mean. `undefined` when `lookUp` does not know an input.
 *
 * Without `by` there is one result per combination of the metric's `groupBy` tags; with `by` per combination of both.
 */
export function promqlFormula(
  metric: DerivedMetricDefinition,
  lookUp: (name: string) => NamedDefinition | undefined,
  options: PromqlOptions,
): string | undefined {
  const by = [...new Set([...(metric.groupBy ?? []), ...(options.by ?? [])])];
  const text = (formula: Formula, outer = 0): string | undefined => {
    if (formula.op === "number") return String(formula.value);
    if (formula.op === "metric") {
      const input = lookUp(formula.name);
      if (input === undefined || input.kind === "derived") return undefined;
      const statistic = input.kind === "counter" ? "sum" : input.kind === "gauge" ? "last" : "mean";
      const expression = promqlStatistic(input, statistic, { ...options, by });
      const { factor } = exposedUnit(input);
      if (factor !== 1) return `(${expression} / ${factor})`;
      return statistic === "mean" ? `(${expression})` : expression;
    }
    const level = formula.op === "+" || formula.op === "-" ? 1 : 2;
    const left = text(formula.left, level);
    // `a - (b - c)` and `a / (b * c)` need theirs on the right.
    const right = text(formula.right, level + 0.5);
    if (left === undefined || right === undefined) return undefined;
    const all = `${left} ${formula.op} ${right}`;
    return level < outer ? `(${all})` : all;
  };
  return text(parseFormula(metric.formula));
}

function clause({ by, without = ["instance"] }: PromqlOptions, more: readonly string[] = []): string {
  if (by !== undefined) {
    const labels = [...more, ...by.map(prometheusLabel)];
    return labels.length === 0 ? "" : ` by (${labels.join(", ")})`;
  }
  return without.length === 0 ? " without ()" : ` without (${without.join(", ")})`;
}
