import { GiflabCommand } from "@giflab/cli-kit";
import type { MetricSummary, MetricsStore } from "@giflab/metrics-core";
import type { ResolvedConfig } from "@giflab/monitoring";
import type { CacheSettings, StoreReading } from "./cache-session.ts";

/** The base of `giflab cache ...`: the configured caches, what was recorded of them, and monitored work. */
export abstract class CacheCommand extends GiflabCommand {
  static override enableJsonFlag = true;

  #config: Promise<ResolvedConfig> | undefined;

  /** The cache sections of the configuration in force. */
  protected async settings(): Promise<CacheSettings> {
    const { cacheSettings } = await import("./cache-session.ts");
    return cacheSettings(await this.#load());
  }

  /** Another section of the configuration in force; the type is that of its schema. */
  protected async section<T>(name: "frameSampling" | "memoryPressure"): Promise<T> {
    return (await this.#load()).sections[name] as T;
  }

  /** Reads what processes recorded, with `read`, or says why it cannot be read. */
  protected async readStore<T>(read: (store: MetricsStore) => Promise<T>): Promise<StoreReading<T>> {
    const { readStore } = await import("./cache-session.ts");
    return await readStore(await this.#load(), read);
  }

  /**
   * What all processes recorded of the caches in the last `windowSeconds` (all there is without). When it cannot be read,
   * stderr says why.
   */
  protected async recorded(windowSeconds: number | undefined): Promise<readonly MetricSummary[] | undefined> {
    const to = Date.now() / 1000;
    const from = windowSeconds === undefined ? 0 : to - windowSeconds;
    const { value, reason } = await this.readStore((store) => store.summaries({ match: "cache.*", from, to }));
    if (reason !== undefined) process.stderr.write(`no counts: ${reason}\n`);
    return value;
  }

  /**
   * Runs `work`, which changes a cache, with monitoring as configured, so that what it does is recorded like any run's; what
   * came of it goes to the application log.
   */
  protected async monitored<T>(work: () => Promise<T>): Promise<T> {
    const { withMonitoring } = await import("./cache-session.ts");
    const { openAppLog } = await import("../../logging/app-log.ts");
    const config = await this.#load();
    const log = openAppLog();
    const command = this.id?.replaceAll(":", " ") ?? this.ctor.name;
    try {
      const result = await withMonitoring(config, work);
      log.logger.info({ command, result }, "cache command finished");
      return result;
    } catch (error) {
      log.logger.error({ command, err: error }, "cache command failed");
      throw error;
    } finally {
      log.close();
    }
  }

  async #load(): Promise<ResolvedConfig> {
    this.#config ??= import("./cache-session.ts").then(({ loadProcessingConfig }) => loadProcessingConfig());
    return await this.#config;
  }
}
