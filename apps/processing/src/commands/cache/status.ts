import { CacheCommand } from "./cache-command.ts";
import type { DiskCacheReport, ResizeCacheReport, ValidationCacheReport } from "./cache-report.ts";
import { windowFlag, windowSeconds } from "./window-flag.ts";

/** What `cache status --json` prints. */
export interface CacheStatusJson {
  readonly frame: DiskCacheReport;
  readonly validation: ValidationCacheReport;
  readonly resize: ResizeCacheReport;
}

/** `giflab cache status` */
export class CacheStatus extends CacheCommand {
  static override summary = "Show what the caches did in all processes, their limits and what they hold on disk.";
  static override description =
    "Hits, misses and evictions are those that all monitored processes recorded; disk usage is read from the cache files.";
  static override examples = ["<%= config.bin %> cache status", "<%= config.bin %> cache status --window 1h --json"];
  static override flags = { window: windowFlag };

  async run(): Promise<CacheStatusJson> {
    const { flags } = await this.parse(CacheStatus);
    const seconds = windowSeconds(flags.window);
    const settings = await this.settings();
    const summaries = await this.recorded(seconds);
    const { frameCacheReport, resizeCacheReport, validationCacheReport } = await import("./cache-report.ts");
    const { inspectDiskTier } = await import("../../caching/inspect-disk-tier.ts");
    const status: CacheStatusJson = {
      frame: frameCacheReport(settings.frameCache, summaries, inspectDiskTier),
      validation: validationCacheReport(settings.validationCache, summaries, inspectDiskTier),
      resize: resizeCacheReport(settings.resizeCache, summaries),
    };
    if (!this.jsonEnabled()) {
      const { renderFrameCache, renderResizeCache, renderValidationCache } = await import("./render-report.ts");
      const parts = [
        renderFrameCache(status.frame),
        renderValidationCache(status.validation),
        renderResizeCache(status.resize),
      ];
      this.log(parts.map((lines) => lines.join("\n")).join("\n\n"));
    }
    return status;
  }
}
