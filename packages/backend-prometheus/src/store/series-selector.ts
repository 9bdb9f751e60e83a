/** A vector selector of PromQL: series of these names (or of any, if there are none) with these label values. */
export function seriesSelector(
  names: readonly string[],
  labels: Readonly<Record<string, string | readonly string[]>> = {},
): string {
  const matchers = Object.entries(labels).map(([label, wanted]) => matcher(label, wanted));
  return `{${[...(names.length === 0 ? [] : [matcher("__name__", names)]), ...matchers].join(",")}}`;
}

function matcher(label: string, wanted: string | readonly string[]): string {
  const values = typeof wanted === "string" ? [wanted] : wanted;
  if (values.length === 1) return `${label}=${quoted(values[0]!)}`;
  return `${label}=~${quoted(values.map((value) => value.replace(/[\\^$.|?*+()[\]{}-]/g, "\\$&")).join("|"))}`;
}

/** A string literal of PromQL: as in Go, which takes what JSON escapes. */
function quoted(text: string): string {
  return JSON.stringify(text);
}

/** A length of time as PromQL writes it, at least a millisecond, rounded up to one. */
export function promDuration(seconds: number): string {
  return `${Math.max(1, Math.ceil(seconds * 1000 - 1e-6))}ms`;
}

/** A moment as the API takes it: samples have milliseconds, so nothing at or before it is lost. */
export function promTime(epochSeconds: number): string {
  return (Math.floor(epochSeconds * 1000 + 1e-6) / 1000).toFixed(3);
}
