import type { GaugeMerge, RecordedMetricDefinition } from "@giflab/metrics-core";
import type { ReadableMetric } from "./readable-metric.ts";

/** What the metadata API says of a metric family. */
export interface FamilyMetadata {
  readonly type: string;
  readonly help: string;
  readonly unit: string;
}

/** Prometheus writes these of each scrape: nothing that a target measures. */
const OF_THE_SCRAPE =
  /^(scrape_(duration|timeout)_seconds|scrape_(samples|series|sample|response|body)_\w+|ALERTS(_FOR_STATE)?)$/;

/**
 * Metrics of programs that are not ours, from the names of their samples: histograms by their three parts, counters by their
 * type or by `_total`, the rest are gauges. They keep their names; the unit is the ending's (`_seconds`, `_bytes`, `_ratio`).
 * The quantiles of summaries are gauges, their `_count` and `_sum` counters; `_created` is left out.
 */
export function foreignMetrics(
  names: readonly string[],
  metadata: ReadonlyMap<string, FamilyMetadata>,
): readonly ReadableMetric[] {
  const present = new Set(names);
  const isHistogram = (base: string): boolean =>
    present.has(`${base}_bucket`) && present.has(`${base}_count`) && present.has(`${base}_sum`);
  const isSummary = (base: string): boolean => present.has(`${base}_count`) && present.has(`${base}_sum`);
  return names.flatMap((name): ReadableMetric | readonly ReadableMetric[] => {
    if (OF_THE_SCRAPE.test(name)) return [];
    const [, base = "", part = ""] = /^(.+)_(bucket|count|sum|created)$/.exec(name) ?? [];
    if (part === "created" && [`${base}_total`, `${base}_count`].some((one) => present.has(one))) return [];
    if (part !== "" && part !== "created" && isHistogram(base)) {
      // One of the three stands for all.
      return part === "bucket" ? metric(base, distributionKind(base), metadata.get(base)) : [];
    }
    const family = metadata.get(name) ?? metadata.get(name.replace(/_total$/, ""));
    const isPart = (part === "count" || part === "sum") && isSummary(base);
    const counts = family?.type === "counter" || (family?.type !== "gauge" && (name.endsWith("_total") || isPart));
    return metric(name, counts ? "counter" : "gauge", isPart ? metadata.get(base) : family);
  });
}

function distributionKind(base: string): "timer" | "histogram" {
  return unitOf(base) === "s" ? "timer" : "histogram";
}

function metric(
  name: string,
  kind: RecordedMetricDefinition["kind"],
  family: FamilyMetadata | undefined,
): ReadableMetric {
  const unit = unitOf(name);
  const description = family?.help;
  return {
    name,
    definition: {
      kind,
      ...(unit === undefined ? {} : { unit }),
      ...(description === undefined || description === "" ? {} : { description }),
      ...(kind === "gauge" ? { merge: gaugeMerge(name) } : {}),
    },
    exposed: name,
    factor: 1,
  };
}

const UNITS: Readonly<Record<string, string>> = { seconds: "s", bytes: "By", ratio: "1" };

/** By the ending that naming rules ask for; `_count` of anything is a plain number. */
function unitOf(name: string): string | undefined {
  const [, ending = ""] = /_([a-z]+?)(?:_total|_sum)?$/.exec(name) ?? [];
  return Object.hasOwn(UNITS, ending) ? UNITS[ending] : undefined;
}

/**
 * How the gauges of several processes become one number: what can be added is (memory, connections, `up`); of moments and
 * durations the latest or longest counts, of shares and temperatures the mean.
 */
function gaugeMerge(name: string): GaugeMerge {
  if (/_(ratio|percent|celsius|avg|mean|average)$/.test(name)) return "mean";
  return /_(seconds|max|timestamp)$|^max_/.test(name) ? "max" : "sum";
}
