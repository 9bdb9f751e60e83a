/** What has outgrown a double stays at its end: JSON has no infinity, and receivers refuse it. */
export function finite(value: number): number {
  return Math.min(Number.MAX_VALUE, Math.max(-Number.MAX_VALUE, value));
}
