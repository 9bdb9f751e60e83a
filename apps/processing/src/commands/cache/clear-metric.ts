import { existsSync } from "node:fs";
import { CommandError, suggestion } from "@giflab/cli-kit";
import { defaultValidationCachePath } from "../../caching/cache-paths.ts";
import { inspectDiskTier } from "../../caching/inspect-disk-tier.ts";
import { ValidationCache } from "../../caching/validation-cache.ts";
import type { CacheSettings } from "./cache-session.ts";

/**
 * Drops one metric's values from the validation cache. Returns how many entries went: 0 when there was nothing at all.
 *
 * @throws CommandError for a metric that has no entries where others have, with the nearest of them; when the file cannot be
 * read or changed
 */
export async function clearMetric({ validationCache }: CacheSettings, metric: string): Promise<number> {
  const diskPath = validationCache.diskPath ?? defaultValidationCachePath();
  const report = inspectDiskTier(diskPath);
  if (report === undefined) {
    if (!existsSync(diskPath)) return 0;
    throw new CommandError(`${diskPath} cannot be read: it is damaged, or in use by another process; try again`, 1);
  }
  const known = [...report.labels.keys()];
  if (known.length > 0 && !known.includes(metric)) {
    throw new CommandError(
      `the validation cache has no entries of "${metric}": there are ${known.sort().join(", ")}.${suggestion(metric, known)}`.replace(
        /\.$/,
        "",
      ),
    );
  }
  await using cache = new ValidationCache({ diskPath, diskLimitMb: Math.max(1, validationCache.diskLimitMb) });
  const removed = await cache.invalidateByMetric(metric);
  if (removed === 0 && known.length > 0)
    throw new CommandError(`${diskPath} is in use by another process: try again`, 1);
  return removed;
}
