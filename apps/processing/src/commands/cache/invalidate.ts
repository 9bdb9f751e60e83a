import { Args, printable } from "@giflab/cli-kit";
import { CacheCommand } from "./cache-command.ts";

/** What `cache invalidate --json` prints. */
export interface InvalidateJson {
  readonly path: string;
  readonly diskEntries: number;
}

/** `giflab cache invalidate GIF` */
export class CacheInvalidate extends CacheCommand {
  static override summary = "Drop the cached frames of one GIF from disk.";
  static override description =
    "A changed file is noticed by itself; this is for a file that changed without its time, size and inode.";
  static override examples = ["<%= config.bin %> cache invalidate data/raw/cat.gif"];
  static override args = {
    gif: Args.string({ required: true, description: "The file; it need not exist any more." }),
  };

  async run(): Promise<InvalidateJson> {
    const { args } = await this.parse(CacheInvalidate);
    const { frameCache } = await this.settings();
    const { resolve } = await import("node:path");
    const { FrameCache } = await import("../../caching/frame-cache.ts");
    const path = resolve(args.gif);
    const diskEntries = await this.monitored(async () => {
      await using cache = new FrameCache({ ...frameCache, enabled: true });
      return await cache.invalidate(path);
    });
    if (!this.jsonEnabled()) {
      const { entryCount } = await import("./render-report.ts");
      this.log(
        diskEntries === 0
          ? `${printable(path)} was not cached`
          : `${printable(path)}: ${entryCount(diskEntries)} removed`,
      );
    }
    return { path, diskEntries };
  }
}
