import type { PrometheusApi } from "./http-api.ts";
import { fetchRaw, type RawSeries, type SampleBudget, seriesKey } from "./raw-series.ts";
import { type ReadableMetric, type SampleRole, sampleNames } from "./readable-metric.ts";
import { seriesSelector } from "./series-selector.ts";
import type { Target } from "./target.ts";
import type { Targets } from "./targets.ts";

/** The samples of a series in a slice of a window. */
export interface ReadSeries extends RawSeries {
  readonly metric: ReadableMetric;
  readonly role: SampleRole;
  readonly target: Target;
  /** How many of its first samples are of an earlier slice: only to tell what has increased since. */
  readonly carried: number;
  /** End of the slice. */
  readonly until: number;
}

/** Reads the series of some metrics slice by slice, in time order, and remembers the last sample of each for the next one. */
export class SliceReader {
  readonly #api: PrometheusApi;
  readonly #targets: Targets;
  readonly #budget: SampleBudget;
  readonly #labels: Readonly<Record<string, string | readonly string[]>>;
  readonly #samples: ReadonlyMap<string, readonly [metric: ReadableMetric, role: SampleRole]>;
  readonly #last = new Map<string, { readonly time: number; readonly value: number }>();

  constructor(
    metrics: readonly ReadableMetric[],
    source: {
      readonly api: PrometheusApi;
      readonly targets: Targets;
      readonly budget: SampleBudget;
      readonly labels: Readonly<Record<string, string | readonly string[]>>;
    },
  ) {
    this.#api = source.api;
    this.#targets = source.targets;
    this.#budget = source.budget;
    this.#labels = source.labels;
    this.#samples = new Map(
      metrics.flatMap((metric) => sampleNames(metric).map(([name, role]) => [name, [metric, role] as const] as const)),
    );
  }

  /** The samples in `(from, to]`, which must follow what was read before. */
  async read(from: number, to: number): Promise<readonly ReadSeries[]> {
    const selector = seriesSelector([...this.#samples.keys()], this.#labels);
    const found = await fetchRaw(this.#api, selector, { from, to, budget: this.#budget });
    return found.flatMap((series): ReadSeries | readonly [] => {
      const [metric, role] = this.#samples.get(series.name) ?? [];
      if (metric === undefined || role === undefined || series.times.length === 0) return [];
      const target = this.#targets.of(series.labels);
      target.note(series.times);
      const key = seriesKey(series);
      const before = this.#last.get(key);
      this.#last.set(key, { time: series.times.at(-1)!, value: series.values.at(-1)! });
      if (before === undefined) return { ...series, metric, role, target, carried: 0, until: to };
      const [times, values] = [
        [before.time, ...series.times],
        [before.value, ...series.values],
      ];
      return { ...series, times, values, metric, role, target, carried: 1, until: to };
    });
  }
}
