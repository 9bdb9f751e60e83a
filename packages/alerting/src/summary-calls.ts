import { formulaInputs, hasTags, type MetricSummary, parseFormula } from "@giflab/metrics-core";
import type { SummaryIndex } from "./summary-index.ts";

/** Calls behind a number: of a derived metric, what its inputs counted. Gauges have none, nor what is derived of gauges. */
export function countedCalls(summary: MetricSummary, window: SummaryIndex): number | undefined {
  if (summary.kind === "histogram" || summary.kind === "timer") return summary.count;
  if (summary.kind !== "derived") return undefined;
  const counted = inputNames(summary)
    .flatMap((name) => window.named(name))
    .filter((one) => one.kind !== "gauge" && hasTags(one.tags, summary.tags));
  return counted.length === 0 ? undefined : totalCalls(counted);
}

/** What counters counted, and how many values timers and histograms hold, together. */
export function totalCalls(summaries: readonly MetricSummary[]): number {
  return summaries.reduce((total, one) => total + (one.kind === "counter" ? (one.sum ?? 0) : one.count), 0);
}

/** Metrics that a derived one is made of; none for others. */
export function inputNames({ formula }: MetricSummary): readonly string[] {
  if (formula === undefined) return [];
  let names = parsed.get(formula);
  if (names === undefined) {
    names = formulaInputs(parseFormula(formula));
    if (parsed.size >= MAX_REMEMBERED) parsed.clear();
    parsed.set(formula, names);
  }
  return names;
}

/** Formulas repeat from one evaluation to the next. */
const parsed = new Map<string, readonly string[]>();
const MAX_REMEMBERED = 1000;
