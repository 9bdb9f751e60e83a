import { CacheCommand } from "./cache-command.ts";
import type { ResizeCacheReport } from "./cache-report.ts";
import { windowFlag, windowSeconds } from "./window-flag.ts";

/** `giflab cache resize-status` */
export class CacheResizeStatus extends CacheCommand {
  static override summary = "Show what the resized-frame cache and its buffer pool did in all processes.";
  static override flags = { window: windowFlag };

  async run(): Promise<ResizeCacheReport> {
    const { flags } = await this.parse(CacheResizeStatus);
    const seconds = windowSeconds(flags.window);
    const { resizeCache } = await this.settings();
    const summaries = await this.recorded(seconds);
    const { resizeCacheReport } = await import("./cache-report.ts");
    const report = resizeCacheReport(resizeCache, summaries);
    if (!this.jsonEnabled()) {
      const { renderResizeCache } = await import("./render-report.ts");
      this.log(renderResizeCache(report).join("\n"));
    }
    return report;
  }
}
