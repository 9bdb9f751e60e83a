import { formatDuration, printable } from "@giflab/cli-kit";
import type { MetricSummary } from "@giflab/metrics-core";
import { type Paint, statusTable } from "./status-table.ts";
import { describeWindow, type TimeWindow } from "./time-window.ts";

/** Whether anything was recorded in the window: what is shown of a quiet one are the last known gauges only. */
export function isQuiet(metrics: readonly MetricSummary[], window: TimeWindow): boolean {
  return !metrics.some(({ lastSeen }) => lastSeen !== undefined && lastSeen > window.from);
}

/** How to show a status. */
export interface StatusView {
  readonly window: TimeWindow;
  /** The store, for people. */
  readonly location: string;
  readonly now: number;
  /** Whether the series of a metric were merged over their tags, which the last line then says. */
  readonly collapsed: boolean;
  readonly paint: Paint;
}

/** The lines of a status: what window of what store it is and what of the window was covered, then the table. */
export function statusLines(metrics: readonly MetricSummary[], view: StatusView): string[] {
  const { window, location, now, collapsed, paint } = view;
  const processes = new Set(metrics.flatMap((summary) => summary.instances)).size;
  const covered = metrics.reduce((most, summary) => Math.max(most, summary.covered), 0);
  const services = [...new Set(metrics.flatMap((summary) => summary.services))].sort();
  const header = [
    `metrics ${describeWindow(window, now)}`,
    `${formatDuration(covered)} covered`,
    `${processes} ${processes === 1 ? "process" : "processes"} of ${services.map(printable).join(", ")}`,
    printable(location),
  ];
  const merged = ["", paint("dim", "merged over tags; --tags, --system NAME or --metric PATTERN show each series")];
  return [header.join(" | "), "", ...statusTable(metrics, paint), ...(collapsed ? merged : [])];
}
