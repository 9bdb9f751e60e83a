import { formatNumber, formatQuantity, printable, renderTable, type TableColumn } from "@giflab/cli-kit";
import type { ValidationCacheReport } from "./cache-report.ts";
import type { ResizeUse } from "./resize-top-report.ts";

const LOOK_UPS: readonly TableColumn[] = [
  { heading: "hits", align: "right" },
  { heading: "misses", align: "right" },
  { heading: "hit rate", align: "right" },
];

const count = (value: number | null): string => (value === null ? "-" : formatNumber(value, 15));

/** The cells of `LOOK_UPS`. */
function lookUps(of: {
  readonly hits: number | null;
  readonly misses: number | null;
  readonly hitRate: number | null;
}): string[] {
  return [count(of.hits), count(of.misses), formatQuantity(of.hitRate, "1")];
}

/** The look-ups and entries of each metric type. */
export function renderBreakdown({ metricsBreakdown }: ValidationCacheReport): string[] {
  const rows = Object.entries(metricsBreakdown).map(([metric, of]) => [
    printable(metric),
    count(of.entries),
    ...lookUps(of),
  ]);
  if (rows.length === 0) return [];
  const columns: TableColumn[] = [{ heading: "metric" }, { heading: "entries", align: "right" }, ...LOOK_UPS];
  return renderTable(columns, rows).map((line) => `  ${line}`);
}

/** The look-ups of each size and method. */
export function renderResizeUses(uses: readonly ResizeUse[]): string[] {
  if (uses.length === 0) return ["no look-ups of resized frames were recorded"];
  const rows = uses.map((use) => [printable(use.size), printable(use.method), ...lookUps(use)]);
  return renderTable([{ heading: "size" }, { heading: "method" }, ...LOOK_UPS], rows);
}
