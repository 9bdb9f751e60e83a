import { join } from "node:path";
import { openServices, type PipelineServices, PRESETS, runPreset, type ServiceOptions } from "@giflab/processing";
import { pino } from "pino";

/** The preset that needs no external engine: all of its work is done by this process. */
const PRESET = PRESETS.get("quick-test")!;
const silent = pino({ level: "silent" });

/**
 * The processing app as `giflab run` starts it, with its caches in `folder`. All work is done by one thread, so that its
 * processor time can be told from that of others.
 */
export async function openApp(folder: string, options: ServiceOptions = {}): Promise<PipelineServices> {
  return await openServices({
    workers: 1,
    ...options,
    frameCache: { diskPath: join(folder, "frames.db"), ...options.frameCache },
    validationCache: { diskPath: join(folder, "validation.db"), ...options.validationCache },
    resizeCache: { clearSignalPath: join(folder, "resize.cleared"), ...options.resizeCache },
  });
}

/** One run over GIFs, its results in `folder`. Throws when a GIF cannot be processed. */
export async function runApp(services: PipelineServices, paths: readonly string[], folder: string): Promise<void> {
  const outputFolder = join(folder, "runs");
  const logger = silent;
  const summary = await runPreset({
    preset: PRESET,
    paths,
    outputFolder,
    services,
    logger,
    giflabVersion: "0",
    extractFrames: false,
  });
  if (summary.failed > 0) throw new Error(`${summary.failed} of ${summary.gifs} GIFs failed`);
}
