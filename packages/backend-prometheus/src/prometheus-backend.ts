import { setImmediate as turn } from "node:timers/promises";
import { type MetricSnapshot, type MetricsBackend, MetricsError, type SnapshotSource } from "@giflab/metrics-core";
import { ClusterMember } from "./cluster/cluster-member.ts";
import { ClusterPrimary } from "./cluster/cluster-primary.ts";
import { joinCluster, leaveCluster } from "./cluster/cluster-role.ts";
import { Exposition } from "./exposition/exposition.ts";
import { expositionText } from "./exposition/exposition-text.ts";
import { type ExpositionFormat, PROMETHEUS_TEXT } from "./exposition-format.ts";
import type { ScrapeSource } from "./http/scrape-response.ts";
import { ScrapeServer } from "./http/scrape-server.ts";
import { type PrometheusOptions, type PrometheusSettings, resolvePrometheusOptions } from "./prometheus-options.ts";

/** Milliseconds that `close()` of a worker process waits for the primary to take what is left. */
const CLOSE_MS = 1000;

const LONELY =
  "prometheus: nobody serves the metrics of this worker process: start monitoring in the primary process of the cluster too, or set cluster: false and a port for each process";

/**
 * Shows what is recorded to scrapers: adds snapshots up to totals since the start, and writes them as Prometheus text or
 * OpenMetrics when somebody asks. `createScrapeHandler` answers scrapes on a server of the program; with `port` this backend
 * has one of its own.
 *
 * A scrape asks the collector first, so it shows the present and not the last flush. In a `node:cluster` each scrape, whichever
 * process answers it, shows all processes that have such a backend. It cannot be queried: `PrometheusStore` reads what a
 * server has scraped.
 */
export class PrometheusBackend implements MetricsBackend, ScrapeSource {
  readonly name = "prometheus";
  readonly #settings: PrometheusSettings;
  readonly #exposition: Exposition;
  readonly #sources: SnapshotSource[] = [];
  #server: ScrapeServer | undefined;
  #member: ClusterMember | undefined;
  #primary: ClusterPrimary | undefined;
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
    if (this.#sources.length > 1) return;
    const { server, cluster, onWarning } = this.#settings;
    if (cluster) this.#joinCluster();
    // In a cluster the primary serves: at a port that all processes shared, each scrape would reach another one.
    if (server !== undefined && this.#member === undefined) {
      this.#server = new ScrapeServer({ ...server, onWarning, source: this });
    }
  }

  /** Throws `CLOSED`. */
  write(snapshot: MetricSnapshot): void {
    this.#refuseWhenClosed();
    this.#exposition.fold(snapshot);
    this.#member?.changed(this.#exposition.instanceOf(snapshot.instance));
  }

  /** Also tells the primary of a cluster what is left, as far as the channel between the processes takes it at once. */
  writeSync(snapshot: MetricSnapshot): void {
    this.#refuseWhenClosed();
    this.#exposition.fold(snapshot);
    this.#member?.tellSync(this.#exposition.instanceOf(snapshot.instance));
  }

  /**
   * Everything recorded up to now as text, in slices of about half a millisecond of work, between which the event loop
   * turns. Rejects with `CLOSED`, and in a worker process of a cluster with `BACKEND_UNAVAILABLE` when the primary does not answer.
   */
  async *scrape(format: ExpositionFormat = PROMETHEUS_TEXT): AsyncGenerator<string, void, undefined> {
    this.#refuseWhenClosed();
    if (this.#member?.joined) {
      // Not shown alone when the primary is silent: counters of one process are less than those of all, as after a restart.
      yield* this.#member.scrape(format);
      return;
    }
    await Promise.all([this.#collect(), this.#primary?.refresh()]);
    // Collecting was a piece of work for itself.
    await turn();
    const { clock } = this.#settings;
    const cluster = this.#primary?.figures;
    for (const slice of expositionText(this.#exposition, { format, clock, cluster })) {
      yield slice;
      await turn();
    }
  }

  closeSync(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#server?.close();
    this.#member?.close();
    this.#primary?.close();
    if (this.#member !== undefined || this.#primary !== undefined) leaveCluster(this.#channel);
  }

  async close(): Promise<void> {
    if (this.#member?.joined && !this.#closed) await atMost(this.#member.told(), CLOSE_MS);
    this.closeSync();
  }

  get #channel(): string {
    return this.#settings.prefix;
  }

  #joinCluster(): void {
    const role = joinCluster(this.#channel);
    if (role.kind === "none") return;
    const { clusterWaitSeconds, onWarning, server } = this.#settings;
    const shared = { channel: this.#channel, exposition: this.#exposition, clusterWaitSeconds };
    if (role.kind === "worker") {
      const onLonely = (): void => (server === undefined ? undefined : onWarning(LONELY));
      this.#member = new ClusterMember({ ...shared, collect: () => this.#collect(), onLonely });
    } else {
      const { cluster } = role;
      this.#primary = new ClusterPrimary({ ...shared, cluster, onWarning, scrape: (format) => this.scrape(format) });
    }
  }

  async #collect(): Promise<void> {
    await Promise.all(this.#sources.map((source) => source.deliver()));
  }

  #refuseWhenClosed(): void {
    if (this.#closed) throw new MetricsError("CLOSED", "the Prometheus backend is closed");
  }
}

async function atMost(work: Promise<void>, milliseconds: number): Promise<void> {
  let patience: NodeJS.Timeout | undefined;
  const enough = new Promise<void>((resolve) => {
    patience = setTimeout(resolve, milliseconds);
  });
  await Promise.race([work, enough]);
  clearTimeout(patience);
}
