import { Args, CommandError, Flags, Progress, printable } from "@giflab/cli-kit";
import type { WarmReport } from "../../caching/frame-cache-options.ts";
import { CacheCommand } from "./cache-command.ts";

/** `giflab cache warm PATHS...` */
export class CacheWarm extends CacheCommand {
  static override summary = "Decode GIFs into the frame cache, so that later runs find them.";
  static override description =
    "Takes files and folders. A file that cannot be decoded is reported and does not stop the others; exit 1 when none " +
    "could be.";
  static override examples = [
    "<%= config.bin %> cache warm data/raw/*.gif",
    '<%= config.bin %> cache warm data -r --pattern "cat*.gif"',
  ];
  static override args = {
    paths: Args.string({ multiple: true, required: true, description: "GIF files, or folders with GIFs in them." }),
  };
  static override flags = {
    recursive: Flags.boolean({ char: "r", summary: "Look into the folders of a folder too." }),
    "max-frames": Flags.integer({
      min: 1,
      summary: "Keep this many frames, evenly spread: an entry of its own, for runs with the same limit.",
    }),
    pattern: Flags.string({ default: "*.gif", summary: "Which files of a folder: * is any text, ? one character." }),
  };

  async run(): Promise<WarmReport> {
    const { args, flags } = await this.parse(CacheWarm);
    const { frameCache } = await this.settings();
    if (!frameCache.enabled) throw new CommandError("the frame cache is switched off: set frameCache.enabled to true");
    if (frameCache.diskLimitMb === 0) {
      throw new CommandError("the frame cache has no disk tier that others could use: set frameCache.diskLimitMb");
    }
    const { findWarmFiles } = await import("./find-warm-files.ts");
    const files = await findWarmFiles(args.paths, { recursive: flags.recursive, pattern: flags.pattern });
    const { FrameCache } = await import("../../caching/frame-cache.ts");
    const { loadContentHasher } = await import("../../caching/content-hash.ts");
    const { decodeGif } = await import("../../gif/decode-gif.ts");
    // The one that runs use: entries under keys of another would never be found.
    const contentHasher = frameCache.keyBy === "content" ? await loadContentHasher() : undefined;
    const progress = new Progress({ label: "warming the frame cache", total: files.length, unit: "files" });
    const report = await this.monitored(async () => {
      await using cache = new FrameCache({ ...frameCache, contentHasher });
      let done = 0;
      return await cache.warm(files, {
        maxFrames: flags["max-frames"],
        decode: (path, limits) => decodeGif(path, limits),
        onProgress: (path) => progress.update(++done, printable(path)),
      });
    });
    progress.finish();
    for (const { path, reason } of report.failed) {
      process.stderr.write(`${printable(reason.includes(path) ? reason : `${path}: ${reason}`)}\n`);
    }
    if (report.failed.length === files.length) process.exitCode = 1;
    if (!this.jsonEnabled()) {
      this.log(`${report.warmed} warmed, ${report.present} in the cache already, ${report.failed.length} failed`);
    }
    return report;
  }
}
