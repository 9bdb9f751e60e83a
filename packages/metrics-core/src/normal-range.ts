import type { NormalRange } from "./metric-definition.ts";

/** Whether a value lies in a normal range, the better side included: with `better: "higher"` only `min` can be missed. */
export function isNormal(range: NormalRange, value: number): boolean {
  if (range.better !== "lower" && range.min !== undefined && value < range.min) return false;
  return range.better === "higher" || range.max === undefined || value <= range.max;
}
