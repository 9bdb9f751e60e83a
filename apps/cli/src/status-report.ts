import { formatDuration, printable } from "@giflab/cli-kit";
import type { MetricSummary, MetricsReader, SummaryQuery } from "@giflab/metrics-core";
import { type Paint, statusTable } from "./status-table.ts";
import { describeWindow, type TimeWindow } from "./time-window.ts";

/** What happened in a window, and who wrote it. */
export interface Status {
  readonly metrics: readonly MetricSummary[];
  /** Processes and worker threads that recorded any of it in the window; 0: nothing happened in the window. */
  readonly processes: number;
  /** Names of their services, sorted. */
  readonly services: readonly string[];
}

/** Asks the store for everything `metrics status` shows. */
export async function readStatus(store: MetricsReader, query: SummaryQuery): Promise<Status> {
  const metrics = await store.summaries(query);
  const byInstance = await store.summaries({ ...query, byInstance: true });
  const active = byInstance.filter(({ lastSeen }) => lastSeen !== undefined && lastSeen > query.from);
  return {
    metrics,
    processes: new Set(active.map(({ instance }) => instance?.writerId).filter((id) => id !== undefined)).size,
    services: [...new Set(active.flatMap(({ services }) => services))].sort(),
  };
}

/** How to show a status. */
export interface StatusView {
  readonly window: TimeWindow;
  /** The store, for people. */
  readonly location: string;
  readonly now: number;
  readonly paint: Paint;
}

/** The lines of a status: what window of what store it is and what of the window was covered, then the table. */
export function statusLines(status: Status, { window, location, now, paint }: StatusView): string[] {
  const { metrics, processes, services } = status;
  const covered = metrics.reduce((most, summary) => Math.max(most, summary.covered), 0);
  const header = [
    `metrics ${describeWindow(window, now)}`,
    `${formatDuration(covered)} covered`,
    `${processes} ${processes === 1 ? "process" : "processes"} of ${services.map(printable).join(", ")}`,
    printable(location),
  ];
  return [header.join(" | "), "", ...statusTable(metrics, paint)];
}
