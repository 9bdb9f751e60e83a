import { Flags } from "@giflab/cli-kit";
import { CacheCommand } from "./cache-command.ts";
import type { ClearedCache } from "./clear-caches.ts";

/** What `cache validation-clear --json` prints; `metric` when only one was cleared. */
export interface ValidationClearJson {
  readonly cleared: readonly ClearedCache[];
  readonly metric?: string;
}

/** `giflab cache validation-clear` */
export class CacheValidationClear extends CacheCommand {
  static override summary =
    "Empty the validation cache, or drop one metric's values, on disk and in running processes.";
  static override description = "Everything in it can be computed again, so there is no question.";
  static override examples = [
    "<%= config.bin %> cache validation-clear",
    "<%= config.bin %> cache validation-clear --metric ssim",
  ];
  static override flags = {
    metric: Flags.string({ char: "m", summary: "Drop the values of this metric type only (ssim, ms_ssim, ...)." }),
    "memory-only": Flags.boolean({
      summary: "Empty the memory of running processes and keep what is on disk.",
      exclusive: ["metric"],
    }),
    yes: Flags.boolean({ aliases: ["confirm"], summary: "Accepted for scripts; there is no question anyway." }),
  };

  async run(): Promise<ValidationClearJson> {
    const { flags } = await this.parse(CacheValidationClear);
    const settings = await this.settings();
    const { metric } = flags;
    if (metric === undefined) {
      const { clearCaches, describeCleared } = await import("./clear-caches.ts");
      const cleared = await this.monitored(() => clearCaches(settings, ["validation"], flags["memory-only"] === true));
      if (!this.jsonEnabled()) this.log(cleared.map(describeCleared).join("\n"));
      return { cleared };
    }
    const { clearMetric } = await import("./clear-metric.ts");
    const entries = await this.monitored(() => clearMetric(settings, metric));
    if (!this.jsonEnabled()) {
      const { entryCount } = await import("./render-report.ts");
      this.log(`validation cache: ${entryCount(entries)} of ${metric} removed`);
    }
    return { cleared: [{ cache: "validation", memoryOnly: false, diskEntries: entries, diskBytes: 0 }], metric };
  }
}
