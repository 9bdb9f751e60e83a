import { Flags } from "@giflab/cli-kit";
import { CacheCommand } from "./cache-command.ts";
import type { ClearedCache } from "./clear-caches.ts";

/** What `cache clear --json` and its relatives print. */
export interface ClearJson {
  readonly cleared: readonly ClearedCache[];
}

/** `giflab cache clear` */
export class CacheClear extends CacheCommand {
  static override summary = "Empty the frame cache, or with --all every cache, on disk and in running processes.";
  static override description =
    "Everything in it can be made again, so there is no question. Running processes drop their memory within a second.";
  static override examples = ["<%= config.bin %> cache clear", "<%= config.bin %> cache clear --all"];
  static override flags = {
    all: Flags.boolean({ summary: "Empty the validation and resized-frame caches too." }),
    "memory-only": Flags.boolean({ summary: "Empty the memory of running processes and keep what is on disk." }),
    yes: Flags.boolean({ aliases: ["confirm"], summary: "Accepted for scripts; there is no question anyway." }),
  };

  async run(): Promise<ClearJson> {
    const { flags } = await this.parse(CacheClear);
    const settings = await this.settings();
    const { clearCaches, describeCleared } = await import("./clear-caches.ts");
    const names = flags.all ? (["frame", "validation", "resize"] as const) : (["frame"] as const);
    const cleared = await this.monitored(() => clearCaches(settings, names, flags["memory-only"] === true));
    if (!this.jsonEnabled()) this.log(cleared.map(describeCleared).join("\n"));
    return { cleared };
  }
}
