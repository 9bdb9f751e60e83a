import { existsSync } from "node:fs";
import type { MetricSummary } from "@giflab/metrics-core";
import { defaultFrameCachePath, defaultValidationCachePath } from "../../caching/cache-paths.ts";
import type { DiskTierReport } from "../../caching/inspect-disk-tier.ts";
import type { FrameCacheSection, ResizeCacheSection, ValidationCacheSection } from "../../config/cache-sections.ts";
import { activityOf, type RecordedActivity, tagValues } from "./recorded-activity.ts";

/** How good a hit rate is; `unknown` when there were no look-ups. */
export type Verdict = "excellent" | "good" | "low" | "unknown";

/** Counts are null when what processes recorded cannot be read. */
interface ReportedActivity {
  readonly hits: number | null;
  readonly misses: number | null;
  readonly totalAccesses: number | null;
  readonly hitRate: number | null;
  readonly evictions: number | null;
  readonly memoryBytes: number | null;
  readonly memoryMb: number | null;
  readonly verdict: Verdict;
}

export interface DiskCacheReport extends ReportedActivity {
  readonly enabled: boolean;
  readonly memoryLimitMb: number;
  /** Null, as its bytes, when there is a file that cannot be read. */
  readonly diskEntries: number | null;
  readonly diskBytes: number | null;
  readonly diskLimitMb: number;
  readonly ttlHours: number;
  readonly diskPath: string;
}

export interface ValidationCacheReport extends DiskCacheReport {
  /** By metric type: entries on disk, and look-ups. */
  readonly metricsBreakdown: Readonly<
    Record<
      string,
      {
        readonly entries: number;
        readonly hits: number | null;
        readonly misses: number | null;
        readonly hitRate: number | null;
      }
    >
  >;
}

export interface ResizeCacheReport extends ReportedActivity {
  readonly enabled: boolean;
  readonly memoryLimitMb: number;
  readonly ttlHours: number;
  readonly bufferPool: {
    readonly hits: number | null;
    readonly misses: number | null;
    readonly reuseRate: number | null;
  };
}

const MB = 2 ** 20;

/** What was recorded; `undefined` when it cannot be read. */
export type Recorded = readonly MetricSummary[] | undefined;

export function frameCacheReport(
  section: FrameCacheSection,
  recorded: Recorded,
  inspect: (path: string) => DiskTierReport | undefined,
): DiskCacheReport {
  return diskCacheReport("frame", section, section.diskPath ?? defaultFrameCachePath(), recorded, inspect).report;
}

export function validationCacheReport(
  section: ValidationCacheSection,
  recorded: Recorded,
  inspect: (path: string) => DiskTierReport | undefined,
): ValidationCacheReport {
  const path = section.diskPath ?? defaultValidationCachePath();
  const { report, disk } = diskCacheReport("validation", section, path, recorded, inspect);
  const metrics = new Set([...(disk?.labels.keys() ?? []), ...tagValues(recorded ?? [], "validation", "metric_type")]);
  const breakdown = [...metrics].sort().map((metric) => {
    const activity = recorded === undefined ? undefined : activityOf(recorded, "validation", ["metric_type", metric]);
    const { hits = null, misses = null, hitRate = null } = activity ?? {};
    return [metric, { entries: disk?.labels.get(metric) ?? 0, hits, misses, hitRate }] as const;
  });
  return { ...report, metricsBreakdown: Object.fromEntries(breakdown) };
}

export function resizeCacheReport(section: ResizeCacheSection, recorded: Recorded): ResizeCacheReport {
  const pool = recorded === undefined ? undefined : activityOf(recorded, "resize.buffer_pool");
  return {
    enabled: section.enabled,
    ...reported(recorded === undefined ? undefined : activityOf(recorded, "resize")),
    memoryLimitMb: section.memoryLimitMb,
    ttlHours: section.ttlSeconds / 3600,
    bufferPool: { hits: pool?.hits ?? null, misses: pool?.misses ?? null, reuseRate: pool?.hitRate ?? null },
  };
}

function diskCacheReport(
  name: "frame" | "validation",
  section: FrameCacheSection | ValidationCacheSection,
  diskPath: string,
  recorded: Recorded,
  inspect: (path: string) => DiskTierReport | undefined,
): { readonly report: DiskCacheReport; readonly disk: DiskTierReport | undefined } {
  const disk = inspect(diskPath);
  // No file is an empty cache; one that cannot be read may hold anything.
  const nothing = existsSync(diskPath) ? null : 0;
  return {
    disk,
    report: {
      enabled: section.enabled,
      ...reported(recorded === undefined ? undefined : activityOf(recorded, name)),
      memoryLimitMb: section.memoryLimitMb,
      diskEntries: disk?.usage.entries ?? nothing,
      diskBytes: disk?.usage.bytes ?? nothing,
      diskLimitMb: section.diskLimitMb,
      ttlHours: section.ttlSeconds / 3600,
      diskPath,
    },
  };
}

function reported(activity: RecordedActivity | undefined): ReportedActivity {
  if (activity === undefined) {
    const nothing = { hits: null, misses: null, totalAccesses: null, hitRate: null, evictions: null };
    return { ...nothing, memoryBytes: null, memoryMb: null, verdict: "unknown" };
  }
  const { hits, misses, evictions, hitRate, memoryBytes } = activity;
  return {
    hits,
    misses,
    totalAccesses: hits + misses,
    hitRate,
    evictions,
    memoryBytes,
    memoryMb: memoryBytes / MB,
    verdict: verdictOf(hitRate),
  };
}

function verdictOf(hitRate: number | null): Verdict {
  if (hitRate === null) return "unknown";
  if (hitRate > 0.8) return "excellent";
  return hitRate > 0.5 ? "good" : "low";
}
