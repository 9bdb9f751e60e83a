import { type MetricSummary, tagSetKey } from "@giflab/metrics-core";

/** Summaries of one query, found by name and by series without walking over all of them. */
export class SummaryIndex {
  readonly all: readonly MetricSummary[];
  #names: Map<string, MetricSummary[]> | undefined;
  #series: Map<string, MetricSummary> | undefined;

  constructor(all: readonly MetricSummary[]) {
    this.all = all;
  }

  named(name: string): readonly MetricSummary[] {
    this.#names ??= Map.groupBy(this.all, (one) => one.name);
    return this.#names.get(name) ?? [];
  }

  /** The series of the same name, kind and tags as `other`. */
  same(other: MetricSummary): MetricSummary | undefined {
    this.#series ??= new Map(this.all.map((one) => [seriesKey(one), one]));
    return this.#series.get(seriesKey(other));
  }
}

/** Equal exactly for the same name, kind and tag set. */
export function seriesKey({ name, kind, tags }: MetricSummary): string {
  return JSON.stringify([name, kind, tagSetKey(tags)]);
}
