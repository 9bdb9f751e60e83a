/**
 * Where two query results differ: the path and both values, or `undefined` when they are the same but for rounding. The order
 * in which numbers are added up is nobody's promise, so sums and means may differ in the last digits.
 * @param tolerance relative.
 */
export function difference(a: unknown, b: unknown, tolerance = 1e-9, path = ""): string | undefined {
  if (typeof a === "number" && typeof b === "number") {
    const near = Object.is(a, b) || Math.abs(a - b) <= tolerance * Math.max(Math.abs(a), Math.abs(b), 1e-3);
    return near ? undefined : `${path}: ${a} and ${b}`;
  }
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) {
    return Object.is(a, b) ? undefined : `${path}: ${JSON.stringify(a)} and ${JSON.stringify(b)}`;
  }
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  for (const key of keys) {
    const found = difference(
      (a as Record<string, unknown>)[key],
      (b as Record<string, unknown>)[key],
      tolerance,
      `${path}.${key}`,
    );
    if (found !== undefined) return found;
  }
  return undefined;
}
