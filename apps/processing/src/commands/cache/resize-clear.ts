import { Flags } from "@giflab/cli-kit";
import { CacheCommand } from "./cache-command.ts";
import type { ClearJson } from "./clear.ts";

/** `giflab cache resize-clear` */
export class CacheResizeClear extends CacheCommand {
  static override summary = "Empty the resized-frame cache of running processes.";
  static override description =
    "It lives in memory only. Running processes drop it within a second; there is no question.";
  static override flags = {
    yes: Flags.boolean({ aliases: ["confirm"], summary: "Accepted for scripts; there is no question anyway." }),
  };

  async run(): Promise<ClearJson> {
    await this.parse(CacheResizeClear);
    const settings = await this.settings();
    const { clearCaches, describeCleared } = await import("./clear-caches.ts");
    const cleared = await this.monitored(() => clearCaches(settings, ["resize"], false));
    if (!this.jsonEnabled()) this.log(cleared.map(describeCleared).join("\n"));
    return { cleared };
  }
}
