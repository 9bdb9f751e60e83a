import { GAUGE_LOOKBACK_SECONDS, type NamedDefinition, type SeriesSelector } from "@giflab/metrics-core";
import type { PrometheusApi } from "./http-api.ts";
import { readCatalogue, wantedMetrics } from "./metric-catalogue.ts";
import { SampleBudget } from "./raw-series.ts";
import { type Batch, planBatches, sliceCount } from "./read-plan.ts";
import { type ReadSeries, SliceReader } from "./slice-reader.ts";
import type { ResolvedStoreOptions } from "./store-options.ts";
import { Targets } from "./targets.ts";

/** Without targets that say otherwise. */
const USUAL_INTERVAL_SECONDS = 15;

interface Parts {
  readonly from: number;
  readonly to: number;
  readonly derived: readonly NamedDefinition[];
  readonly batches: readonly Batch[];
  readonly source: ConstructorParameters<typeof SliceReader>[1];
}

/**
 * One query's reading of a window and of what lies before it as far as needed: to tell what has increased, and which gauges
 * still hold. Samples come in parts of a bounded size.
 */
export class StoreReading {
  readonly #parts: Parts;

  private constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Reads which metrics and targets a query is about, and plans how to read their samples. */
  static async begin(
    api: PrometheusApi,
    options: ResolvedStoreOptions,
    query: SeriesSelector & { readonly from: number; readonly to: number },
  ): Promise<StoreReading> {
    const budget = new SampleBudget(options.maxSamples);
    const [from, { to }] = [query.from - GAUGE_LOOKBACK_SECONDS, query];
    const catalogue = await readCatalogue(api, { from, to, labels: options.labels }, query);
    const metrics = wantedMetrics(catalogue, query);
    const { derived } = catalogue;
    const window = metrics.length === 0 ? { from: to, to } : { from, to };
    const targets = await Targets.read(api, { ...window, labels: options.labels, budget });
    const labels = { ...jobsOf(targets, query.service), ...options.labels };
    const intervalSeconds = targets.all.reduce(
      (shortest, one) => Math.min(shortest, one.flushIntervalSeconds),
      USUAL_INTERVAL_SECONDS,
    );
    const batches = await planBatches(api, metrics, { from, to, labels, intervalSeconds });
    return new StoreReading({ from, to, derived, batches, source: { api, targets, budget, labels } });
  }

  get derived(): readonly NamedDefinition[] {
    return this.#parts.derived;
  }

  /** All series, metric by metric; of a large one slice by slice. The series of one histogram come together. */
  async *byMetric(): AsyncGenerator<readonly ReadSeries[]> {
    const { batches, source, from, to } = this.#parts;
    for (const { metrics, samples } of batches) {
      const reader = new SliceReader(metrics, source);
      for (const [begin, end] of slices(from, to, sliceCount(samples))) yield await reader.read(begin, end);
    }
  }

  /** All series of one slice of time after the other. */
  async *byTime(): AsyncGenerator<readonly ReadSeries[]> {
    const { batches, source, from, to } = this.#parts;
    const readers = batches.map(({ metrics }) => new SliceReader(metrics, source));
    const samples = batches.reduce((total, batch) => total + batch.samples, 0);
    for (const [begin, end] of slices(from, to, sliceCount(samples))) {
      const read: ReadSeries[] = [];
      for (const reader of readers) for (const series of await reader.read(begin, end)) read.push(series);
      yield read;
    }
  }
}

/** A window cut into parts of equal length, at whole milliseconds as samples are. */
function slices(from: number, to: number, count: number): readonly (readonly [number, number])[] {
  const edge = (i: number): number => (i === count ? to : Math.round((from + ((to - from) * i) / count) * 1000) / 1000);
  return Array.from({ length: count }, (_, i) => [i === 0 ? from : edge(i), edge(i + 1)] as const);
}

/** The jobs under which a service is scraped or pushed, so that the samples of others are not read. */
function jobsOf(targets: Targets, service: string | undefined): { readonly job?: readonly string[] } {
  if (service === undefined) return {};
  const mine = targets.all
    .filter(({ instances }) => instances.some(({ identity }) => identity.service === service))
    .map(({ labels }) => labels["job"]);
  // What is pushed without a job can be asked for only together with everything else.
  if (mine.includes(undefined) || service === "prometheus") return {};
  return { job: [...new Set([service, ...mine.filter((job) => job !== undefined)])] };
}
