import { Args, printable } from "@giflab/cli-kit";
import { CacheCommand } from "./cache-command.ts";
import type { InvalidatedFile } from "./invalidate-file.ts";

/** `giflab cache invalidate GIF` */
export class CacheInvalidate extends CacheCommand {
  static override summary = "Drop the cached frames of one GIF, on disk and in running processes.";
  static override description =
    "A changed file is noticed by itself; this is for a file that changed without its time, size and inode. Running " +
    "processes drop all frames that they hold in memory within a second, and find those of other files on disk.";
  static override examples = ["<%= config.bin %> cache invalidate data/raw/cat.gif"];
  static override args = {
    gif: Args.string({ required: true, description: "The file; it need not exist any more." }),
  };

  async run(): Promise<InvalidatedFile> {
    const { args } = await this.parse(CacheInvalidate);
    const settings = await this.settings();
    const { invalidateFile } = await import("./invalidate-file.ts");
    const invalidated = await this.monitored(() => invalidateFile(settings, args.gif));
    if (!this.jsonEnabled()) {
      const { entryCount } = await import("./render-report.ts");
      const { path, diskEntries } = invalidated;
      const outcome = diskEntries === 0 ? "was not cached on disk" : `${entryCount(diskEntries)} removed`;
      this.log(`${printable(path)}: ${outcome}`);
    }
    return invalidated;
  }
}
