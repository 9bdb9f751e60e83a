import type { StoreStats } from "@giflab/metrics-core";
import type { Connection } from "./connection.ts";
import type { SqliteSettings } from "./sqlite-options.ts";
import { storeBytes } from "./store-file.ts";

const COUNTS = `SELECT count(*) AS snapshots, coalesce(sum(points), 0) AS points, min(timestamp) AS oldest,
  max(timestamp) AS newest, sum(block IS NULL) AS hotRows FROM metrics`;

/** What the file holds, from its own counts: nothing is decoded. */
export function storeStats(connection: Connection, settings: SqliteSettings): StoreStats {
  const { db } = connection;
  const counts = connection.statement(COUNTS).get() as Record<string, number | null>;
  const count = (table: string): number =>
    connection.statement(`SELECT count(*) FROM ${table}`).pluck().get() as number;
  const setting = (key: string): number =>
    (connection.statement("SELECT value FROM settings WHERE key = ?").pluck().get(key) as number | undefined) ?? 0;
  const { file, wal } = storeBytes(settings.dbPath);
  const pageBytes = db.pragma("page_size", { simple: true }) as number;
  const points = counts["points"] ?? 0;
  return {
    backend: "sqlite",
    snapshots: counts["snapshots"] ?? 0,
    points,
    series: count("series"),
    instances: count("writer"),
    bytes: file + wal,
    oldest: counts["oldest"] ?? undefined,
    newest: counts["newest"] ?? undefined,
    details: {
      path: settings.dbPath,
      bytesPerPoint: points === 0 ? 0 : Math.round(((file + wal) / points) * 100) / 100,
      walBytes: wal,
      freeBytes: (db.pragma("freelist_count", { simple: true }) as number) * pageBytes,
      hotRows: counts["hotRows"] ?? 0,
      blocks: count("block"),
      journalMode: db.pragma("journal_mode", { simple: true }) as string,
      schemaVersion: db.pragma("user_version", { simple: true }) as number,
      retentionDays: setting("retentionDays"),
      maxSizeMb: setting("maxBytes") / 2 ** 20,
    },
  };
}
