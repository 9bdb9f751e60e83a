import { CacheCommand } from "./cache-command.ts";
import type { ValidationCacheReport } from "./cache-report.ts";
import { windowFlag, windowSeconds } from "./window-flag.ts";

/** `giflab cache validation-status` */
export class CacheValidationStatus extends CacheCommand {
  static override summary = "Show what the validation cache did in all processes, by metric type.";
  static override flags = { window: windowFlag };

  async run(): Promise<ValidationCacheReport> {
    const { flags } = await this.parse(CacheValidationStatus);
    const seconds = windowSeconds(flags.window);
    const { validationCache } = await this.settings();
    const summaries = await this.recorded(seconds);
    const { validationCacheReport } = await import("./cache-report.ts");
    const { inspectDiskTier } = await import("../../caching/inspect-disk-tier.ts");
    const report = validationCacheReport(validationCache, summaries, inspectDiskTier);
    if (!this.jsonEnabled()) {
      const { renderBreakdown } = await import("./render-look-ups.ts");
      const { renderValidationCache } = await import("./render-report.ts");
      this.log([...renderValidationCache(report), ...renderBreakdown(report)].join("\n"));
    }
    return report;
  }
}
