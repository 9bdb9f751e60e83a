import { setImmediate as turn } from "node:timers/promises";
import { type MetricSnapshot, type MetricsBackend, MetricsError, type SnapshotSource } from "@giflab/metrics-core";
import { Exposition } from "./exposition/exposition.ts";
import { expositionText } from "./exposition/exposition-text.ts";
import { type ExpositionFormat, PROMETHEUS_TEXT } from "./exposition-format.ts";
import type { ScrapeSource } from "./http/scrape-response.ts";
import { ScrapeServer } from "./http/scrape-server.ts";
import { type PrometheusOptions, type PrometheusSettings, resolvePrometheusOptions } from "./prometheus-options.ts";

/**
 * Shows what is recorded to scrapers: adds snapshots up to totals since the start, and writes them as Prometheus text or
 * OpenMetrics when somebody asks. `createScrapeHandler` answers scrapes on a server of the program; with `port` this backend
 * has one of its own.
 *
 * A scrape asks the collector first, so it shows the present and not the last flush. It cannot be queried: `PrometheusStore`
 * reads what a server has scraped.
 */
export class PrometheusBackend implements MetricsBackend, ScrapeSource {
  readonly name = "prometheus";
  readonly #settings: PrometheusSettings;
  readonly #exposition: Exposition;
  readonly #sources: SnapshotSource[] = [];
  #server: ScrapeServer | undefined;
  #closed = false;

  /** Throws `INVALID_OPTION`. Opens nothing: its server, if it has one, begins to listen when a collector takes it on. */
  constructor(options: PrometheusOptions = {}) {
    this.#settings = resolvePrometheusOptions(options);
    this.#exposition = new Exposition(this.#settings);
  }

  /** Where its own server answers, once that has begun to listen; `undefined` without one, or when the port is taken. */
  async url(): Promise<string | undefined> {
    await this.#server?.started;
    return this.#server?.url;
  }

  attach(source: SnapshotSource): void {
    this.#sources.push(source);
    const { server, onWarning } = this.#settings;
    if (server !== undefined) this.#server ??= new ScrapeServer({ ...server, onWarning, source: this });
  }

  /** Throws `CLOSED`. */
  write(snapshot: MetricSnapshot): void {
    this.#refuseWhenClosed();
    this.#exposition.fold(snapshot);
  }

  /**
   * Everything recorded up to now as text, in slices of about half a millisecond of work, between which the event loop
   * turns. Rejects with `CLOSED`.
   */
  async *scrape(format: ExpositionFormat = PROMETHEUS_TEXT): AsyncGenerator<string, void, undefined> {
    this.#refuseWhenClosed();
    await Promise.all(this.#sources.map((source) => source.deliver()));
    const { clock } = this.#settings;
    for (const slice of expositionText(this.#exposition, { format, clock, cluster: undefined })) {
      yield slice;
      await turn();
    }
  }

  closeSync(): void {
    this.#closed = true;
    this.#server?.close();
  }

  async close(): Promise<void> {
    this.closeSync();
  }

  #refuseWhenClosed(): void {
    if (this.#closed) throw new MetricsError("CLOSED", "the Prometheus backend is closed");
  }
}
