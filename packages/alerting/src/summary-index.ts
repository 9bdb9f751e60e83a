import { globMatcher, type MetricSummary, tagSetKey } from "@giflab/metrics-core";

/** Summaries of one query, found by name, by glob and by series without walking over all of them. */
export class SummaryIndex {
  readonly #names: ReadonlyMap<string, readonly MetricSummary[]>;
  readonly #series = new Map<string, Map<string, MetricSummary>>();
  #sorted: readonly string[] | undefined;

  constructor(all: readonly MetricSummary[]) {
    this.#names = Map.groupBy(all, (one) => one.name);
  }

  named(name: string): readonly MetricSummary[] {
    return this.#names.get(name) ?? [];
  }

  /** Summaries whose name matches a name or glob. Costs the names that begin like the glob, whatever else there is. */
  matching(pattern: string): readonly MetricSummary[] {
    const prefix = literalPrefix(pattern);
    if (prefix === pattern) return this.named(pattern);
    this.#sorted ??= [...this.#names.keys()].sort();
    const names = this.#sorted;
    const matches = globMatcher(pattern);
    const found: MetricSummary[] = [];
    for (let i = firstFrom(names, prefix); i < names.length && names[i]!.startsWith(prefix); i++) {
      if (matches(names[i]!)) for (const one of this.#names.get(names[i]!)!) found.push(one);
    }
    return found;
  }

  /** The series of the same name, kind and tags as `other`. */
  same(other: MetricSummary): MetricSummary | undefined {
    let series = this.#series.get(other.name);
    if (series === undefined) {
      series = new Map(this.named(other.name).map((one) => [seriesKey(one), one]));
      this.#series.set(other.name, series);
    }
    return series.get(seriesKey(other));
  }
}

/** Equal exactly for the same name, kind and tag set. */
export function seriesKey({ name, kind, tags }: MetricSummary): string {
  return JSON.stringify([name, kind, tagSetKey(tags)]);
}

/** What every match of a glob begins with; the whole of it if it is a plain name. */
function literalPrefix(pattern: string): string {
  const end = pattern.search(/[*?]/);
  return end < 0 ? pattern : pattern.slice(0, end);
}

/** Index of the first of sorted names that is not before `wanted`. */
function firstFrom(names: readonly string[], wanted: string): number {
  let [low, high] = [0, names.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (names[middle]! < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}
