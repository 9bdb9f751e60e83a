import { type ExposedMetric, exposedUnit } from "@giflab/metrics-core/exposition";

/** How the values of a metric are sent. */
export interface ExportedUnit {
  /** In UCUM, as OpenTelemetry wants it; empty when nothing is known. */
  readonly unit: string;
  /** Recorded values times this are in that unit; a power of two. */
  readonly factor: number;
}

/**
 * The unit in which a metric is sent. Sizes become bytes (`By`), because `MB` means 2^20 bytes here and something else to
 * everybody outside; all other units are UCUM already and stay. Timers are seconds.
 *
 * `cache.frame.memory_usage_mb` in `MB` with 2.5 is sent as 2621440 `By`, under the same name.
 */
export function exportedUnit(metric: ExposedMetric): ExportedUnit {
  const { suffix, factor } = exposedUnit(metric);
  if (suffix === "bytes") return { unit: "By", factor };
  return { unit: metric.unit ?? (metric.kind === "timer" ? "s" : ""), factor: 1 };
}
