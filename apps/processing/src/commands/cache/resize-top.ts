import { Flags } from "@giflab/cli-kit";
import { CacheCommand } from "./cache-command.ts";
import type { ResizeUse } from "./resize-top-report.ts";
import { windowFlag, windowSeconds } from "./window-flag.ts";

/** What `cache resize-top --json` prints: the most used first; null when what processes recorded cannot be read. */
export interface ResizeTopJson {
  readonly mostUsed: readonly ResizeUse[] | null;
}

/** `giflab cache resize-top` */
export class CacheResizeTop extends CacheCommand {
  static override summary = "Show which sizes of the resized-frame cache are used most, over all processes.";
  static override description =
    "The cache lives in the memory of each process, where no other can look at its entries: these are the sizes and methods " +
    "of the look-ups that processes recorded, by their hits. A size with many misses and few hits is made again and again, " +
    "or needed once.";
  static override examples = [
    "<%= config.bin %> cache resize-top",
    "<%= config.bin %> cache resize-top --top-n 3 --window 1h",
  ];
  static override flags = {
    "top-n": Flags.integer({ char: "n", default: 10, min: 1, summary: "How many to show." }),
    window: windowFlag,
  };

  async run(): Promise<ResizeTopJson> {
    const { flags } = await this.parse(CacheResizeTop);
    const summaries = await this.recorded(windowSeconds(flags.window));
    const { mostUsedResizes } = await import("./resize-top-report.ts");
    const mostUsed = summaries === undefined ? null : mostUsedResizes(summaries, flags["top-n"]);
    if (!this.jsonEnabled() && mostUsed !== null) {
      const { renderResizeUses } = await import("./render-look-ups.ts");
      this.log(renderResizeUses(mostUsed).join("\n"));
    }
    return { mostUsed };
  }
}
