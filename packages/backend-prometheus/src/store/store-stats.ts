import type { ReaderStats } from "@giflab/metrics-core";
import type { DataReach } from "./data-reach.ts";
import type { PrometheusApi } from "./http-api.ts";
import { readVector } from "./raw-series.ts";
import { promTime, seriesSelector } from "./series-selector.ts";

/**
 * What a store says of itself. The API tells neither its size nor how many samples it holds: `snapshots`, `points` and `bytes`
 * are `undefined`.
 */
export async function readStats(
  api: PrometheusApi,
  { now, labels, reach }: { now: number; labels: Readonly<Record<string, string>>; reach: DataReach },
): Promise<ReaderStats> {
  // At the newest data, as nothing may be alive any more.
  const time = promTime(reach.newest ?? now);
  const [build, tsdb, targets] = await Promise.all([
    api.getIfKnown("status/buildinfo"),
    api.getIfKnown("status/tsdb"),
    api.get("query", { query: `count(${seriesSelector(["up"], labels)})`, time }),
  ]);
  const version = field(build, "version");
  return {
    backend: "prometheus",
    snapshots: undefined,
    points: undefined,
    series: number(field(field(tsdb, "headStats"), "numSeries")) ?? number(field(tsdb, "totalSeries")),
    instances: readVector(targets)[0]?.value ?? 0,
    bytes: undefined,
    ...reach,
    details: typeof version === "string" ? { version } : {},
  };
}

function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>)[name] : undefined;
}

function number(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}
