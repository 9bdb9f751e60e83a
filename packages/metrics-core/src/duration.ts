/** Seconds as a number, or numbers with units from large to small: `90s`, `5m`, `1h30m`, `1.5d`, `2w`. */
export type Duration = number | string;

/** How a duration may be written, for messages. */
export const DURATION_FORMS = "seconds (300) or numbers with units (90s, 5m, 2h, 1h30m, 7d)";

/** What a JSON schema allows of it; the order of units is checked by `durationSeconds` alone. */
export const DURATION_PATTERN = "^\\d+(\\.\\d+)?$|^(\\d+(\\.\\d+)?[smhdw])+$";

const UNIT_SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };
/** The longest duration accepted: a hundred years. */
export const MAX_DURATION_SECONDS: number = 100 * 366 * 86_400;

/** Seconds of a duration, 0 to a hundred years; `undefined` when it is none. `1h30m` is 5400; `30m1h` is none. */
export function durationSeconds(duration: unknown): number | undefined {
  const seconds = typeof duration === "string" ? secondsOfText(duration.trim()) : duration;
  return typeof seconds === "number" && seconds >= 0 && seconds <= MAX_DURATION_SECONDS ? seconds : undefined;
}

function secondsOfText(text: string): number | undefined {
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text);
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
