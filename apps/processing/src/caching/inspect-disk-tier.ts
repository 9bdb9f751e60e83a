import { CacheTable, type DiskUsage } from "./cache-table.ts";
import { openCacheDatabaseReadonly } from "./disk-database.ts";

/** What a cache file holds. */
export interface DiskTierReport {
  readonly usage: DiskUsage;
  /** Entries per label: per path in the frame cache, per metric in the validation cache. */
  readonly labels: ReadonlyMap<string, number>;
}

/** Looks into a cache file without making or changing it; `undefined` when there is none or it cannot be read. */
export function inspectDiskTier(path: string): DiskTierReport | undefined {
  try {
    const database = openCacheDatabaseReadonly(path);
    if (database === undefined) return undefined;
    try {
      const table = new CacheTable(database);
      return { usage: table.usage(), labels: table.countByLabel() };
    } finally {
      database.close();
    }
  } catch {
    return undefined;
  }
}
