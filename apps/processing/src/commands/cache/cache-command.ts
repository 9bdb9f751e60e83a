import { GiflabCommand } from "@giflab/cli-kit";
import type { ResolvedConfig } from "@giflab/monitoring";
import type { CacheSettings, RecordedMetrics } from "./cache-session.ts";

/** The base of `giflab cache ...`: the configured caches, what was recorded of them, and monitored work. */
export abstract class CacheCommand extends GiflabCommand {
  static override enableJsonFlag = true;

  #config: Promise<ResolvedConfig> | undefined;

  /** The cache sections of the configuration in force. */
  protected async settings(): Promise<CacheSettings> {
    const { cacheSettings } = await import("./cache-session.ts");
    return cacheSettings(await this.#load());
  }

  /**
   * What all processes recorded of the caches in the last `windowSeconds` (all there is without). When it cannot be read,
   * stderr says why.
   */
  protected async recorded(windowSeconds: number | undefined): Promise<RecordedMetrics> {
    const { readRecordedMetrics } = await import("./cache-session.ts");
    const recorded = await readRecordedMetrics(await this.#load(), windowSeconds);
    if (recorded.reason !== undefined) process.stderr.write(`no counts: ${recorded.reason}\n`);
    return recorded;
  }

  /** Runs `work` with monitoring as configured, so that what it does is recorded like any run's. */
  protected async monitored<T>(work: () => Promise<T>): Promise<T> {
    const { withMonitoring } = await import("./cache-session.ts");
    return await withMonitoring(await this.#load(), work);
  }

  async #load(): Promise<ResolvedConfig> {
    this.#config ??= import("./cache-session.ts").then(({ loadProcessingConfig }) => loadProcessingConfig());
    return await this.#config;
  }
}
