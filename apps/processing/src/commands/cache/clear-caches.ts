import { existsSync } from "node:fs";
import { CommandError, formatQuantity } from "@giflab/cli-kit";
import { defaultFrameCachePath, defaultValidationCachePath } from "../../caching/cache-paths.ts";
import { FrameCache } from "../../caching/frame-cache.ts";
import { inspectDiskTier } from "../../caching/inspect-disk-tier.ts";
import { ResizedFrameCache } from "../../caching/resized-frame-cache.ts";
import { ValidationCache } from "../../caching/validation-cache.ts";
import type { CacheSettings } from "./cache-session.ts";
import { entryCount } from "./render-report.ts";

export type CacheName = "frame" | "validation" | "resize";

/** What was removed from a cache's disk file. */
export interface ClearedCache {
  readonly cache: CacheName;
  readonly memoryOnly: boolean;
  readonly diskEntries: number;
  readonly diskBytes: number;
}

/**
 * Empties caches on disk (unless `memoryOnly`) and in the memory of running processes.
 *
 * @throws CommandError when a file stayed locked or cannot be used; the other caches are cleared all the same, and named
 */
export async function clearCaches(
  settings: CacheSettings,
  names: readonly CacheName[],
  memoryOnly: boolean,
): Promise<readonly ClearedCache[]> {
  const cleared: ClearedCache[] = [];
  const failures: string[] = [];
  for (const name of names) {
    try {
      cleared.push(await clearCache(settings, name, memoryOnly));
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      failures.push(error.message);
    }
  }
  if (failures.length === 0) return cleared;
  const others = cleared.map((of) => describeCleared(of));
  throw new CommandError([...failures, ...others].join("\n"), 1);
}

/** One line for people. */
export function describeCleared({ cache, memoryOnly, diskEntries, diskBytes }: ClearedCache): string {
  const title = { frame: "frame cache", validation: "validation cache", resize: "resized-frame cache" }[cache];
  if (memoryOnly || cache === "resize") return `${title}: running processes drop what they hold within a second`;
  return `${title}: ${entryCount(diskEntries)} (${formatQuantity(diskBytes, "By")}) removed`;
}

async function clearCache(settings: CacheSettings, name: CacheName, memoryOnly: boolean): Promise<ClearedCache> {
  const nothing = { cache: name, memoryOnly, diskEntries: 0, diskBytes: 0 };
  if (name === "resize") {
    using cache = new ResizedFrameCache(settings.resizeCache);
    cache.clear({ everyProcess: true });
    return nothing;
  }
  const section = name === "frame" ? settings.frameCache : settings.validationCache;
  const path = section.diskPath ?? (name === "frame" ? defaultFrameCachePath() : defaultValidationCachePath());
  const before = inspectDiskTier(path)?.usage;
  let problem: string | undefined;
  // A cache that is switched off now may have left entries behind.
  const diskLimitMb = Math.max(1, section.diskLimitMb);
  const options = { diskPath: path, diskLimitMb, onWarning: (message: string) => (problem = message) };
  await using cache = name === "frame" ? new FrameCache(options) : new ValidationCache(options);
  // Nothing on disk is no reason to make a file.
  const onlyMemory = memoryOnly || !existsSync(path);
  if (!(await cache.clear({ memoryOnly: onlyMemory, everyProcess: true }))) {
    throw new CommandError(
      problem === undefined
        ? `${path} is in use by another process and could not be cleared: try again`
        : `the ${name} cache could not be cleared: ${problem}`,
      1,
    );
  }
  if (memoryOnly || before === undefined) return nothing;
  return { ...nothing, diskEntries: before.entries, diskBytes: before.bytes };
}
