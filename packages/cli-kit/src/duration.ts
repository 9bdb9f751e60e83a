import { CommandError } from "./command-error.ts";

const UNIT_SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

/** The longest duration accepted: a hundred years. */
const MAX_SECONDS = 100 * 366 * 86_400;

/**
 * Seconds of a duration a person typed: plain seconds (`300`, `0.5`) or numbers with units from large to small (`5m`,
 * `2h`, `1h30m`, `1.5d`; s, m, h, d, w).
 *
 * @throws CommandError when it is anything else, zero, or longer than a hundred years; the message shows the forms.
 */
export function parseDuration(text: string): number {
  const trimmed = text.trim();
  const seconds = /^\d+(\.\d+)?$/.test(trimmed) ? Number(trimmed) : sumOfUnits(trimmed);
  if (seconds === undefined || !(seconds > 0 && seconds <= MAX_SECONDS)) {
    throw new CommandError(
      `"${text}" is not a duration: give seconds (300) or numbers with units (90s, 5m, 2h, 1h30m, 7d), more than 0`,
    );
  }
  return seconds;
}

/** Seconds of `1h30m`; `undefined` unless every part has a unit and the units become smaller. */
export function sumOfUnits(text: string): number | undefined {
  if (!/^(\d+(\.\d+)?[smhdw])+$/.test(text)) return undefined;
  let total = 0;
  let last = Number.POSITIVE_INFINITY;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)([smhdw])/g)) {
    const unitSeconds = UNIT_SECONDS[unit!]!;
    if (unitSeconds >= last) return undefined;
    last = unitSeconds;
    total += Number(amount) * unitSeconds;
  }
  return total;
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
