import {
  type Aggregation,
  type MetricPoint,
  type MetricSeries,
  type MetricSummary,
  MetricsError,
  type MetricsReader,
  type PointsQuery,
  type ReaderStats,
  SeriesAggregation,
  type SeriesQuery,
  SummaryAggregation,
  type SummaryQuery,
} from "@giflab/metrics-core";
import { AggregationFeed } from "./aggregation-feed.ts";
import { readReach } from "./data-reach.ts";
import { PrometheusApi } from "./http-api.ts";
import { type PrometheusStoreOptions, type ResolvedStoreOptions, resolveStoreOptions } from "./store-options.ts";
import { pointsOf } from "./store-points.ts";
import { StoreReading } from "./store-reading.ts";
import { readStats } from "./store-stats.ts";

/**
 * Reads a fleet's metrics back over the HTTP API that Prometheus, VictoriaMetrics, Thanos and Mimir speak, as if they were in
 * a store of ours: metrics of ours under their own names and units (by `giflab_metric_info`), those of other programs under
 * their Prometheus names.
 *
 * Numbers are made from raw samples, not by `rate()`: counters are exact sums over restarts, without extrapolation, and a
 * first sample counts where it is known that the process is new. Quantiles are those of the classic buckets, spread evenly:
 * within the width of a bucket; `min`, `max` and `last` of timers and histograms are `undefined`. An instance is a
 * process that says which one it is, otherwise what is scraped at one address.
 *
 * A query costs one request for the metrics, one for the targets, and one for about 200,000 samples each.
 */
export class PrometheusStore implements MetricsReader {
  readonly name = "prometheus";
  readonly #options: ResolvedStoreOptions;
  readonly #api: PrometheusApi;

  /** Connects with the first query. Throws `INVALID_OPTION`. */
  constructor(options: PrometheusStoreOptions) {
    this.#options = resolveStoreOptions(options);
    this.#api = new PrometheusApi(this.#options);
  }

  /** The server's address, without user and password. */
  get location(): string {
    return this.#options.url;
  }

  async summaries(query: SummaryQuery): Promise<readonly MetricSummary[]> {
    // Before anything is asked for: a window that is none is refused.
    new SummaryAggregation(query, []);
    const reading = await StoreReading.begin(this.#api, this.#options, query);
    const aggregation = new SummaryAggregation(query, reading.derived);
    await feed(aggregation, reading, { from: query.from, stepOf: () => 0 });
    return aggregation.finish();
  }

  async series(query: SeriesQuery): Promise<readonly MetricSeries[]> {
    new SeriesAggregation(query, []);
    const reading = await StoreReading.begin(this.#api, this.#options, query);
    const aggregation = new SeriesAggregation(query, reading.derived);
    const { from, stepSeconds } = query;
    await feed(aggregation, reading, { from, stepOf: (end) => Math.ceil((end - from) / stepSeconds - 1e-9) });
    return aggregation.finish();
  }

  /** Without `from` it begins with the oldest data (of at most 400 days), without `to` it ends now. */
  async *points(query: PointsQuery = {}): AsyncGenerator<MetricPoint> {
    const to = query.to ?? this.#options.clock.now();
    const from = query.from ?? (await this.#reach()).oldest;
    if (from === undefined) return;
    if (!(from <= to && Number.isFinite(from))) {
      throw new MetricsError(
        "INVALID_QUERY",
        `a window runs from an earlier to a later epoch second, got ${from} to ${to}`,
      );
    }
    const reading = await StoreReading.begin(this.#api, this.#options, { ...query, from, to });
    for await (const read of reading.byTime()) yield* pointsOf(read, { ...query, from });
  }

  async stats(): Promise<ReaderStats> {
    const now = this.#options.clock.now();
    return await readStats(this.#api, { now, labels: this.#options.labels, reach: await this.#reach() });
  }

  /** Breaks off what is under way; what is asked afterwards rejects with `CLOSED`. */
  async close(): Promise<void> {
    this.#api.close();
  }

  async #reach() {
    const { clock, labels, maxSamples } = this.#options;
    return await readReach(this.#api, { now: clock.now(), labels, maxSamples });
  }
}

async function feed(
  aggregation: Aggregation,
  reading: StoreReading,
  options: { readonly from: number; readonly stepOf: (end: number) => number },
): Promise<void> {
  const feeding = new AggregationFeed(aggregation, options);
  for await (const read of reading.byMetric()) feeding.add(read);
  feeding.finish();
}
