import { GiflabCommand } from "@giflab/cli-kit";
import type { CacheSettings, RecordedMetrics } from "./cache-session.ts";

/** The base of `giflab cache ...`: the configured caches, what was recorded of them, and monitored work. */
export abstract class CacheCommand extends GiflabCommand {
  static override enableJsonFlag = true;

  /** The cache sections of the configuration in force. */
  protected async settings(): Promise<CacheSettings> {
    const { loadCacheSettings } = await import("./cache-session.ts");
    return await loadCacheSettings();
  }

  /** What all processes recorded of the caches in the last `windowSeconds` (all there is by default). */
  protected async recorded(windowSeconds?: number): Promise<RecordedMetrics> {
    const { readRecordedMetrics } = await import("./cache-session.ts");
    const recorded = await readRecordedMetrics(windowSeconds);
    if (recorded.reason !== undefined) process.stderr.write(`no counts: ${recorded.reason}\n`);
    return recorded;
  }

  /** Runs `work` with monitoring as configured, so that what it does is recorded like any run's. */
  protected async monitored<T>(work: () => Promise<T>): Promise<T> {
    const { withMonitoring } = await import("./cache-session.ts");
    return await withMonitoring(work);
  }
}
