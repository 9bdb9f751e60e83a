/** Longest wait that is granted to a receiver, in seconds: a date that is years away must not end the export for ever. */
export const LONGEST_RETRY_AFTER_SECONDS = 3600;

/**
 * Seconds, 0 to 3,600, that a `Retry-After` header asks to wait: whole seconds or an HTTP date (RFC 9110, 10.2.3).
 * `undefined` without one that can be read.
 * @param now epoch seconds
 */
export function retryAfterSeconds(header: string | undefined, now: number): number | undefined {
  const text = header?.trim();
  if (text === undefined || text === "") return undefined;
  const seconds = /^\d+$/.test(text) ? Number(text) : Date.parse(text) / 1000 - now;
  return Number.isNaN(seconds) ? undefined : Math.min(LONGEST_RETRY_AFTER_SECONDS, Math.max(0, seconds));
}
