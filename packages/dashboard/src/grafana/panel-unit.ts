import type { DashboardLine, NamedDefinition } from "@giflab/metrics-core";
import { exposedUnit } from "@giflab/metrics-core/exposition";
import { defaultStatistic } from "./prometheus-query.ts";

/** Grafana's id of the unit in which a line is drawn. */
export function grafanaUnit(line: DashboardLine, metric: NamedDefinition): string {
  if (line.limit !== undefined) return "percentunit";
  const statistic = line.statistic ?? defaultStatistic(metric);
  const { suffix } =
    metric.kind === "derived" ? { suffix: metric.unit === "s" ? "seconds" : "" } : exposedUnit(metric);
  if (statistic === "count") return "short";
  if (statistic === "rate") return metric.kind === "counter" && suffix === "bytes" ? "Bps" : "ops";
  if (suffix === "seconds") return "s";
  if (suffix === "bytes") return "bytes";
  return metric.unit === "1" ? "percentunit" : "short";
}
