import type { DashboardLine, NamedDefinition } from "@giflab/metrics-core";
import { exposedUnit } from "@giflab/metrics-core/exposition";
import { defaultStatistic } from "./default-statistic.ts";

/** Grafana's ids of units, and of their rates per second. Sizes are powers of 1024. */
const UNITS: Readonly<Record<string, readonly [unit: string, rate: string]>> = {
  ns: ["ns", "ops"],
  us: ["µs", "ops"],
  ms: ["ms", "ops"],
  s: ["s", "ops"],
  min: ["m", "ops"],
  h: ["h", "ops"],
  By: ["bytes", "binBps"],
  kB: ["kbytes", "KiBs"],
  KiBy: ["kbytes", "KiBs"],
  MB: ["mbytes", "MiBs"],
  MiBy: ["mbytes", "MiBs"],
  GB: ["gbytes", "GiBs"],
  GiBy: ["gbytes", "GiBs"],
  "1": ["percentunit", "ops"],
};

/** Grafana's id of the unit in which a line is drawn. @param baseUnits whether values come in bytes and seconds. */
export function grafanaUnit(line: DashboardLine, metric: NamedDefinition, baseUnits: boolean): string {
  if (line.limit !== undefined) return "percentunit";
  const statistic = line.statistic ?? defaultStatistic(metric);
  if (statistic === "count") return "short";
  const [unit, rate] = UNITS[unitOf(metric, baseUnits)] ?? ["short", "ops"];
  return statistic === "rate" ? (metric.kind === "counter" ? rate : "ops") : unit;
}

function unitOf(metric: NamedDefinition, baseUnits: boolean): string {
  const { kind, unit } = metric;
  if (kind === "derived") return unit ?? "";
  const { suffix } = exposedUnit(metric);
  if (!baseUnits) return unit ?? (suffix === "seconds" ? "s" : suffix === "bytes" ? "MB" : "");
  return suffix === "seconds" ? "s" : suffix === "bytes" ? "By" : (unit ?? "");
}
