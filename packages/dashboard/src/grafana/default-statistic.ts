import type { NamedDefinition, SeriesStatistic } from "@giflab/metrics-core";

/** What a line shows where it does not say. */
export function defaultStatistic({ kind }: NamedDefinition): SeriesStatistic {
  if (kind === "derived") return "value";
  return kind === "counter" ? "rate" : kind === "gauge" ? "last" : "p95";
}
