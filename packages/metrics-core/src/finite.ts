/** Totals that have outgrown what a double holds stay at its end. NaN stays NaN: a gauge that was never set. */
export function finite(value: number): number {
  return Math.min(Number.MAX_VALUE, Math.max(-Number.MAX_VALUE, value));
}
