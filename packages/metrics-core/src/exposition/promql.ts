import { type Formula, formulaInputs, parseFormula } from "../formula.ts";
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
  /** How long ago the window ended, as PromQL writes it: `1d`. Default: it ends now. */
  readonly offset?: string | undefined;
  /**
   * As a store's reader sees it: the last value of a gauge that nobody states any more is its last one in the window, and in
   * a formula a counter that was never recorded is 0 where another input is known. Longer expressions. Default false.
   */
  readonly complete?: boolean;
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
  const { range, matchers = "", offset, complete = false } = options;
  const braces = matchers === "" ? "" : `{${matchers}}`;
  const ago = offset === undefined ? "" : ` offset ${offset}`;
  const over = (call: string, suffix = "") => `${call}(${name}${suffix}${braces}[${range}]${ago})`;
  const summed = (what: string, ...labels: string[]) => `sum${clause(options, labels)} (${what})`;
  if (metric.kind === "counter") {
    if (statistic === "rate") return summed(over("rate"));
    return statistic === "sum" ? summed(over("increase")) : undefined;
  }
  if (metric.kind === "gauge") {
    const merged = (what: string) => `${GAUGE_MERGES[metric.merge ?? "last"]}${clause(options)} (${what})`;
    if (statistic === "last") {
      const present = merged(`${name}${braces}${ago}`);
      return complete ? `(${present} or ${merged(over("last_over_time"))})` : present;
    }
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
  const inputs = formulaInputs(parseFormula(metric.formula));
  const orZero = (name: string, expression: string | undefined): string | undefined => {
    if (options.complete !== true) return expression;
    const others = inputs.flatMap((other) => {
      const input = other === name ? undefined : lookUp(other);
      return input?.kind === "counter" ? [promqlStatistic(input, "sum", { ...options, by })] : [];
    });
    if (others.length === 0) return expression;
    return `(${expression} or 0 * ${others.length === 1 ? others[0] : `(${others.join(" or ")})`})`;
  };
  const text = (formula: Formula, outer = 0): string | undefined => {
    if (formula.op === "number") return String(formula.value);
    if (formula.op === "metric") {
      const input = lookUp(formula.name);
      if (input === undefined || input.kind === "derived") return undefined;
      const statistic = input.kind === "counter" ? "sum" : input.kind === "gauge" ? "last" : "mean";
      const asked = promqlStatistic(input, statistic, { ...options, by });
      const expression = input.kind === "counter" ? orZero(formula.name, asked) : asked;
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
