import { CommandError, Flags, formatDuration, parseDuration, parseTime } from "@giflab/cli-kit";

/** A window `(from, to]` in epoch seconds. */
export interface TimeWindow {
  readonly from: number;
  readonly to: number;
}

/** The flags of a window. */
export const windowFlags = {
  window: Flags.string({
    char: "w",
    default: "300",
    helpValue: "DURATION",
    summary: "How far back from the end: seconds, or 5m, 2h, 7d.",
  }),
  start: Flags.string({
    helpValue: "TIME",
    summary: "Begin here instead: -1h, -1h30m, 2026-01-31T14:05, epoch seconds.",
  }),
  end: Flags.string({ helpValue: "TIME", summary: "End here; now by default." }),
};

/** What a command's flags say about its window, as typed. */
export interface WindowFlags {
  readonly window: string;
  readonly start?: string | undefined;
  readonly end?: string | undefined;
}

/**
 * The window that flags ask for: `--start` and `--end` where given, otherwise `--window` before the end, which is now by
 * default.
 *
 * @throws CommandError when the start is not before the end
 */
export function resolveWindow({ window, start, end }: WindowFlags, now: number): TimeWindow {
  const to = end === undefined ? now : parseTime(end, now);
  const from = start === undefined ? to - parseDuration(window) : parseTime(start, now);
  checkOrder(from, to);
  return { from, to };
}

/** @throws CommandError when `from` is not before `to`. */
export function checkOrder(from: number, to: number): void {
  if (from >= to) throw new CommandError(`the start (${formatTime(from)}) must be before the end (${formatTime(to)})`);
}

/** A moment in local time: `2026-01-31 14:05:00`. */
export function formatTime(epochSeconds: number): string {
  const date = new Date(epochSeconds * 1000);
  const two = (value: number): string => String(value).padStart(2, "0");
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

/** A `--window` that reaches back over `seconds` with a little to spare, in a form that `--window` takes: `3h`. */
export function windowReaching(seconds: number): string {
  const wanted = seconds * 1.1 + 60;
  for (const [unit, size] of [
    ["d", 86_400],
    ["h", 3600],
  ] as const) {
    if (wanted > size) return `${Math.ceil(wanted / size)}${unit}`;
  }
  return `${Math.ceil(wanted / 60)}m`;
}

/** `in the last 5 min` for a window that ends now, otherwise `from ... to ...`. */
export function describeWindow({ from, to }: TimeWindow, now: number): string {
  if (Math.abs(now - to) < 1) return `in the last ${formatDuration(to - from)}`;
  return `from ${formatTime(from)} to ${formatTime(to)}`;
}
