import { nearestNames } from "@giflab/metrics-core";

/**
 * `" Did you mean a or b?"` with a leading blank, or an empty string when nothing known is near.
 * Ready to be appended to an error message.
 */
export function suggestion(wanted: string, known: Iterable<string>): string {
  const names = nearestNames(wanted, known);
  return names.length === 0 ? "" : ` Did you mean ${names.join(" or ")}?`;
}
