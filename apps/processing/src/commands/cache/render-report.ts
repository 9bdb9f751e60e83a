import { formatDuration, formatNumber, formatQuantity, printable, renderTable } from "@giflab/cli-kit";
import type { DiskCacheReport, ResizeCacheReport, ValidationCacheReport, Verdict } from "./cache-report.ts";

const MB = 2 ** 20;

const VERDICTS: Readonly<Record<Verdict, string>> = {
  excellent: "excellent: more than 80 % of the look-ups were answered",
  good: "good: more than half of the look-ups were answered",
  low: "low: warm the cache (giflab cache warm FILES), or raise its limits if it evicts much",
  unknown: "no look-ups were recorded",
};

const count = (value: number | null): string => (value === null ? "-" : formatNumber(value, 15));
const room = (bytes: number | null, limitMb: number): string =>
  `${bytes === null ? "-" : formatQuantity(bytes, "By")} of ${formatQuantity(limitMb * MB, "By")}`;

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

/** The frame cache, or the validation cache without its metrics, line by line. */
export function renderDiskCache(title: string, report: DiskCacheReport): string[] {
  return sheet(`${title}${state(report.enabled)}`, [
    ...activityRows(report),
    ["disk", `${room(report.diskBytes, report.diskLimitMb)}, ${count(report.diskEntries)} entries`],
    ["entries live", formatDuration(report.ttlHours * 3600)],
    ["file", printable(report.diskPath)],
    ["verdict", VERDICTS[report.verdict]],
  ]);
}

/** The look-ups and entries of each metric type. */
export function renderBreakdown(report: ValidationCacheReport): string[] {
  const rows = Object.entries(report.metricsBreakdown).map(([metric, { entries, hits, misses, hitRate }]) => [
    printable(metric),
    count(entries),
    count(hits),
    count(misses),
    formatQuantity(hitRate, "1"),
  ]);
  if (rows.length === 0) return [];
  const right = "right" as const;
  const columns = [
    { heading: "metric" },
    { heading: "entries", align: right },
    { heading: "hits", align: right },
    { heading: "misses", align: right },
    { heading: "hit rate", align: right },
  ];
  return renderTable(columns, rows).map((line) => `  ${line}`);
}

/** The resized-frame cache and its pool, line by line. */
export function renderResizeCache(report: ResizeCacheReport): string[] {
  const { bufferPool } = report;
  return sheet(`resized frames${state(report.enabled)}`, [
    ...activityRows(report),
    ["entries live", `${formatDuration(report.ttlHours * 3600)} after their last use`],
    ["scratch memory", `${count(bufferPool.hits)} reuses, ${count(bufferPool.misses)} allocations`],
    ["reuse rate", formatQuantity(bufferPool.reuseRate, "1")],
    ["verdict", VERDICTS[report.verdict]],
  ]);
}
