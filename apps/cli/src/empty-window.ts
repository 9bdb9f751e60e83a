import { formatDuration, printable } from "@giflab/cli-kit";
import type { MetricsReader } from "@giflab/metrics-core";
import { describeWindow, formatTime, type TimeWindow, windowReaching } from "./time-window.ts";

/** Why there is nothing to show: when the last data was, and how to see it. */
export async function emptyWindowHint(
  store: MetricsReader,
  location: string,
  window: TimeWindow,
  now: number,
): Promise<string> {
  const { newest } = await store.stats();
  if (newest === undefined) {
    return `${printable(location)} is empty: nothing has been recorded yet. Is a process with monitoring enabled running?`;
  }
  const what = `nothing was recorded ${describeWindow(window, now)}`;
  const last = `the last data is ${formatDuration(Math.max(1, now - newest))} old (${formatTime(newest)})`;
  if (newest > window.to) return `${what}, before or between the data: ${last}; choose another --start and --end`;
  return `${what}; ${last}: try --window ${windowReaching(now - newest)}`;
}
