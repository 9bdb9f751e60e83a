import { durationSeconds } from "@giflab/metrics-core";
import { CommandError } from "./command-error.ts";

/** Epoch seconds beyond this are milliseconds somebody forgot to divide (the year 5138). */
const MAX_EPOCH_SECONDS = 1e11;

const ISO = /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(\.\d+)?)?(?:\s?(Z|[+-]\d{2}:?\d{2}))?)?$/i;

/**
 * Epoch seconds of a time a person typed:
 * `-1h`, `-90m`, `-1d`, `-1h30m` (before `now`), `now`, ISO 8601 with or without zone (without: local time; a date alone
 * is its local midnight), or epoch seconds.
 *
 * @param now epoch seconds
 * @throws CommandError for anything else, with the forms
 */
export function parseTime(text: string, now: number): number {
  const trimmed = text.trim();
  if (trimmed === "now") return now;
  if (trimmed.startsWith("-")) {
    const age = trimmed.slice(1);
    // Without a unit it is no age: -5 may mean anything.
    const ago = /[a-z]$/.test(age) ? durationSeconds(age) : undefined;
    if (ago !== undefined) return now - ago;
  }
  if (/^\d+(\.\d+)?$/.test(trimmed)) {
    const seconds = Number(trimmed);
    if (seconds <= MAX_EPOCH_SECONDS) return seconds;
    throw new CommandError(`"${text}" is too large for epoch seconds: are these milliseconds? Divide by 1000`);
  }
  const iso = parseIso(trimmed);
  if (iso !== undefined) return iso;
  throw new CommandError(
    `"${text}" is not a time: give an age (-1h, -90m, -1d, -1h30m), now, a date or time (2026-01-31, 2026-01-31T14:05, ` +
      "2026-01-31T14:05:00Z), or epoch seconds",
  );
}

function parseIso(text: string): number | undefined {
  const match = ISO.exec(text);
  if (match === null) return undefined;
  const [year, month, day, hour = 0, minute = 0, second = 0] = match
    .slice(1, 7)
    .map((part) => (part === undefined ? undefined : Number(part)));
  const fields = [year!, month! - 1, day!, hour, minute, second] as const;
  // Both ways of reading it normalise what does not exist (31 February, 25:00): compare with what was asked for.
  const utc = new Date(Date.UTC(...fields));
  if (utc.getUTCMonth() !== fields[1] || utc.getUTCDate() !== day || hour > 23 || minute > 59 || second > 59)
    return undefined;
  const fraction = Number(match[7] ?? 0);
  const zone = match[8];
  if (zone === undefined) return new Date(...fields).getTime() / 1000 + fraction;
  return utc.getTime() / 1000 + fraction - zoneSeconds(zone);
}

function zoneSeconds(zone: string): number {
  if (/^z$/i.test(zone)) return 0;
  const digits = zone.replace(":", "").slice(1);
  const seconds = Number(digits.slice(0, 2)) * 3600 + Number(digits.slice(2)) * 60;
  return zone.startsWith("-") ? -seconds : seconds;
}
