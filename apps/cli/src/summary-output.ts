import type { MetricSummary } from "@giflab/metrics-core";
import { csvLine } from "./csv.ts";

/** A summary as JSON has it: what does not apply is absent, except a derived metric's `value`, which is `null`. */
export type SummaryJson = Omit<MetricSummary, "value"> & { readonly value?: number | null | undefined };

/** @returns the summary for `JSON.stringify` (which leaves out what is `undefined`). */
export function summaryJson(summary: MetricSummary): SummaryJson {
  return summary.kind === "derived" ? { ...summary, value: summary.value ?? null } : summary;
}

const NUMBERS = [
  "count",
  "sum",
  "rate",
  "min",
  "max",
  "mean",
  "p50",
  "p95",
  "p99",
  "last",
  "value",
  "normal",
  "covered",
  "firstSeen",
  "lastSeen",
] as const;

/** CSV of summaries: a heading, then a line per series; tags as a JSON object. */
export function summariesCsv(metrics: readonly MetricSummary[]): string {
  const lines = metrics.map((summary) =>
    csvLine([
      summary.name,
      summary.kind,
      summary.unit,
      summary.system,
      JSON.stringify(summary.tags),
      summary.services.join(" "),
      ...NUMBERS.map((field) => summary[field]),
    ]),
  );
  return [csvLine(["name", "kind", "unit", "system", "tags", "services", ...NUMBERS]), ...lines].join("");
}
