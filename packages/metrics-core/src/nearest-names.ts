const MAX_SUGGESTIONS = 3;

/**
 * The known names that somebody who wrote `wanted` may have meant, best first, at most three: within a third of its
 * length in edits (at least two), or containing it. For "did you mean" in error messages.
 */
export function nearestNames(wanted: string, known: Iterable<string>): string[] {
  const limit = Math.max(2, Math.floor(wanted.length / 3));
  const lower = wanted.toLowerCase();
  const scored: [number, string][] = [];
  for (const name of new Set(known)) {
    const distance = editDistance(lower, name.toLowerCase(), limit);
    if (distance <= limit) scored.push([distance, name]);
    else if (lower.length >= 3 && name.toLowerCase().includes(lower)) scored.push([limit + 1, name]);
  }
  return scored
    .sort(([a, x], [b, y]) => a - b || (x < y ? -1 : 1))
    .slice(0, MAX_SUGGESTIONS)
    .map(([, name]) => name);
}

/** Levenshtein distance with transpositions; anything above `limit` may be reported as `limit + 1`. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let best = Math.min(row[j - 1]! + 1, last[j]! + 1, last[j - 1]! + cost);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        best = Math.min(best, beforeLast[j - 2]! + 1);
      row.push(best);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length]!;
}
