import type { StoreStats } from "@giflab/metrics-core";
import type { Connection } from "./connection.ts";
import { lastRollUp } from "./last-roll-up.ts";
import { lastCleanup } from "./maintenance.ts";
import { countRows } from "./row-counts.ts";
import { storeBytes } from "./store-file.ts";
import { readLimits } from "./store-limits.ts";

const COUNTS = `SELECT count(*) AS snapshots, coalesce(sum(points), 0) AS points, min(timestamp) AS oldest,
  max(timestamp) AS newest FROM metrics INDEXED BY metrics_time`;

const ROLLED_BLOCKS = "SELECT count(*) FROM block WHERE resolution > 0";
const LAST_SEAL = "SELECT value FROM settings WHERE key = 'lastSeal'";

/** What the file holds, from its own counts: no row is read, only the index. */
export function storeStats(connection: Connection, durability: string): StoreStats {
  const { snapshots, points, oldest, newest } = connection.statement(COUNTS).get() as {
    readonly snapshots: number;
    readonly points: number;
    readonly oldest: number | null;
    readonly newest: number | null;
  };
  const count = (table: string): number => connection.value(`SELECT count(*) FROM ${table}`) as number;
  const { file, wal } = storeBytes(connection.path);
  const rows = countRows(connection);
  const { retentionDays, rawHours, rollupDays, maxSizeMb } = readLimits(connection);
  return {
    backend: "sqlite",
    snapshots,
    points,
    series: count("series"),
    instances: count("writer"),
    bytes: file + wal,
    oldest: oldest ?? undefined,
    newest: newest ?? undefined,
    details: {
      path: connection.path,
      bytesPerPoint: points === 0 ? 0 : Math.round(((file + wal) / points) * 100) / 100,
      walBytes: wal,
      pageBytes: connection.pragma("page_size"),
      freePages: connection.pragma("freelist_count"),
      hotRows: rows.hot,
      sealedRows: rows.sealed,
      minuteRows: rows.minutes,
      hourRows: rows.hours,
      blocks: count("block"),
      rollupBlocks: connection.value(ROLLED_BLOCKS) as number,
      journalMode: connection.value("PRAGMA journal_mode") as string,
      durability,
      schemaVersion: connection.pragma("user_version"),
      retentionDays,
      rawHours,
      rollupDays,
      maxSizeMb,
      lastSeal: momentOf(connection.value(LAST_SEAL) as number | undefined),
      lastRollUp: momentOf(lastRollUp(connection)),
      lastCleanup: momentOf(lastCleanup(connection)),
    },
  };
}

function momentOf(epochSeconds: number | undefined): string {
  return epochSeconds === undefined ? "never" : new Date(epochSeconds * 1000).toISOString();
}
