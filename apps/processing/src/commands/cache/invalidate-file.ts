import { resolve } from "node:path";
import { CommandError } from "@giflab/cli-kit";
import { defaultFrameCachePath } from "../../caching/cache-paths.ts";
import { FrameCache } from "../../caching/frame-cache.ts";
import { inspectDiskTier } from "../../caching/inspect-disk-tier.ts";
import type { CacheSettings } from "./cache-session.ts";

/** Entries of a file that went from disk. */
export interface InvalidatedFile {
  /** Absolute. */
  readonly path: string;
  readonly diskEntries: number;
}

/**
 * Drops a file's frames from disk. Running processes cannot be told of one file: they drop the frames of all files that they
 * hold in memory, and find the others on disk.
 *
 * @throws CommandError when the cache's file stayed locked
 */
export async function invalidateFile({ frameCache }: CacheSettings, gif: string): Promise<InvalidatedFile> {
  const path = resolve(gif);
  const diskPath = frameCache.diskPath ?? defaultFrameCachePath();
  const before = inspectDiskTier(diskPath)?.labels.get(path) ?? 0;
  const diskLimitMb = Math.max(1, frameCache.diskLimitMb);
  await using cache = new FrameCache({ ...frameCache, enabled: true, diskLimitMb });
  const diskEntries = await cache.invalidate(path);
  if (before > 0 && diskEntries === 0) throw new CommandError(`${diskPath} is in use by another process: try again`, 1);
  await cache.clear({ memoryOnly: true, everyProcess: true });
  return { path, diskEntries };
}
