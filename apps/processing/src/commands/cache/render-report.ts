import { formatDuration, formatNumber, formatQuantity, printable, renderTable } from "@giflab/cli-kit";
import type { DiskCacheReport, ResizeCacheReport, Verdict } from "./cache-report.ts";

const LOW = "low: less than half of the look-ups were answered";

const VERDICTS: Readonly<Record<Verdict, string>> = {
  excellent: "excellent: more than 80 % of the look-ups were answered",
  good: "good: more than half of the look-ups were answered",
  low: LOW,
  unknown: "no look-ups were recorded",
};

/** The verdict, and what to do about a low one. */
function verdict(report: DiskCacheReport | ResizeCacheReport, advice: string): readonly [string, string] {
  const { evictions, verdict: name } = report;
  if (report.hits === null) return ["verdict", "unknown: what processes recorded cannot be read"];
  if (name !== "low") return ["verdict", VERDICTS[name]];
  return ["verdict", `${LOW}; ${evictions ? "it evicts: raise its limits in giflab.config" : advice}`];
}

const count = (value: number | null): string => (value === null ? "-" : formatNumber(value, 15));
// The limit as it is written in the configuration: 2000 MB there is not to be 1.95 GB here.
const room = (bytes: number | null, limitMb: number): string =>
  `${bytes === null ? "-" : formatQuantity(bytes, "By")} of ${formatNumber(limitMb, 15)} MB`;

/** `1 entry`, `2 entries`. */
export function entryCount(entries: number): string {
  return `${formatNumber(entries, 15)} ${entries === 1 ? "entry" : "entries"}`;
}

/** Two columns: what it is, and how much. */
function sheet(title: string, rows: readonly (readonly [string, string])[]): string[] {
  const [, ...lines] = renderTable([{ heading: "" }, { heading: "" }], rows);
  return [title, ...lines.map((line) => `  ${line}`)];
}

function activityRows(report: DiskCacheReport | ResizeCacheReport): readonly (readonly [string, string])[] {
  return [
    ["look-ups", count(report.totalAccesses)],
    ["hits", count(report.hits)],
    ["misses", count(report.misses)],
    ["hit rate", formatQuantity(report.hitRate, "1")],
    ["evictions", count(report.evictions)],
    ["memory (running processes)", room(report.memoryBytes, report.memoryLimitMb)],
  ];
}

function state(enabled: boolean): string {
  return enabled ? "" : " (switched off)";
}

/** The frame cache, line by line. */
export function renderFrameCache(report: DiskCacheReport): string[] {
  return renderDiskCache("frame cache", report, "warm it (giflab cache warm FILES)");
}

/** The validation cache without its metrics, line by line. */
export function renderValidationCache(report: DiskCacheReport): string[] {
  return renderDiskCache("validation cache", report, "normal when files are compared for the first time");
}

function renderDiskCache(title: string, report: DiskCacheReport, advice: string): string[] {
  return sheet(`${title}${state(report.enabled)}`, [
    ...activityRows(report),
    ["disk", disk(report)],
    ["entries live", formatDuration(report.ttlHours * 3600)],
    ["file", printable(report.diskPath)],
    verdict(report, advice),
  ]);
}

function disk({ diskBytes, diskLimitMb, diskEntries }: DiskCacheReport): string {
  if (diskEntries === null) return "the file cannot be read: damaged, or locked by another program";
  return `${room(diskBytes, diskLimitMb)}, ${entryCount(diskEntries)}`;
}

/** The resized-frame cache and its pool, line by line. */
export function renderResizeCache(report: ResizeCacheReport): string[] {
  const { bufferPool } = report;
  return sheet(`resized-frame cache${state(report.enabled)}`, [
    ...activityRows(report),
    ["entries live", `${formatDuration(report.ttlHours * 3600)} after their last use`],
    ["scratch memory", `${count(bufferPool.hits)} reuses, ${count(bufferPool.misses)} allocations`],
    ["reuse rate", formatQuantity(bufferPool.reuseRate, "1")],
    verdict(report, "normal when frames are seen once"),
  ]);
}
