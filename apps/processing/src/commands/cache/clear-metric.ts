import { CommandError, suggestion } from "@giflab/cli-kit";
import { defaultValidationCachePath } from "../../caching/cache-paths.ts";
import { inspectDiskTier } from "../../caching/inspect-disk-tier.ts";
import { ValidationCache } from "../../caching/validation-cache.ts";
import type { CacheSettings } from "./cache-session.ts";

/**
 * Drops one metric's values from the validation cache. Returns how many entries went.
 *
 * @throws CommandError for a metric that has no entries, with the nearest that have
 */
export async function clearMetric({ validationCache }: CacheSettings, metric: string): Promise<number> {
  const diskPath = validationCache.diskPath ?? defaultValidationCachePath();
  const known = [...(inspectDiskTier(diskPath)?.labels.keys() ?? [])];
  if (!known.includes(metric)) {
    const others = known.length === 0 ? "it is empty" : `there are ${known.sort().join(", ")}`;
    throw new CommandError(
      `the validation cache has no entries of "${metric}": ${others}.${suggestion(metric, known)}`.replace(/\.$/, ""),
    );
  }
  await using cache = new ValidationCache({ diskPath, diskLimitMb: Math.max(1, validationCache.diskLimitMb) });
  const removed = await cache.invalidateByMetric(metric);
  if (removed === 0) throw new CommandError(`${diskPath} is in use by another process: try again`, 1);
  return removed;
}
