/**
 * Tests names against a glob, or several of which one must match: `*` stands for any characters (none and dots included),
 * `?` for one. Compiled once, linear time, no regular expression.
 */
export function globMatcher(pattern: string | readonly string[]): (name: string) => boolean {
  const patterns = typeof pattern === "string" ? [pattern] : pattern;
  const exact = new Set(patterns.filter((one) => !/[*?]/.test(one)));
  const globs = patterns.filter((one) => /[*?]/.test(one));
  if (globs.includes("*")) return () => true;
  return (name) => exact.has(name) || globs.some((glob) => matches(glob, name));
}

function matches(glob: string, name: string): boolean {
  let g = 0;
  let n = 0;
  let star = -1;
  let resume = 0;
  while (n < name.length) {
    if (glob[g] === "*") {
      star = g++;
      resume = n;
    } else if (g < glob.length && (glob[g] === "?" || glob[g] === name[n])) {
      g++;
      n++;
    } else if (star >= 0) {
      g = star + 1;
      n = ++resume;
    } else {
      return false;
    }
  }
  while (glob[g] === "*") g++;
  return g === glob.length;
}
