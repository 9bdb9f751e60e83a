import { DURATION_FORMS, durationSeconds } from "@giflab/metrics-core";
import { CommandError } from "./command-error.ts";

/**
 * Seconds of a duration a person typed: plain seconds (`300`, `0.5`) or numbers with units from large to small (`5m`,
 * `2h`, `1h30m`, `1.5d`; s, m, h, d, w).
 *
 * @throws CommandError when it is anything else, zero, or longer than a hundred years; the message shows the forms.
 */
export function parseDuration(text: string): number {
  const seconds = durationSeconds(text);
  if (seconds === undefined || seconds === 0) {
    throw new CommandError(`"${text}" is not a duration: give ${DURATION_FORMS}, more than 0`);
  }
  return seconds;
}

/** A duration for reading, to two units: `45 s`, `5 min`, `1 h 30 min`, `7 d`. */
export function formatDuration(seconds: number): string {
  if (seconds < 1) return `${Number((seconds * 1000).toPrecision(3))} ms`;
  if (seconds < 60) return `${Number(seconds.toFixed(1))} s`;
  let rest = Math.round(seconds);
  const parts: string[] = [];
  for (const [unit, size] of [
    ["d", 86_400],
    ["h", 3600],
    ["min", 60],
    ["s", 1],
  ] as const) {
    const amount = Math.floor(rest / size);
    rest -= amount * size;
    if (amount > 0) parts.push(`${amount} ${unit}`);
    else if (parts.length > 0) break;
    if (parts.length === 2) break;
  }
  return parts.join(" ");
}
