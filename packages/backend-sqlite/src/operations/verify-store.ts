import { existsSync } from "node:fs";
import { isMetricsError } from "@giflab/metrics-core";
import type { Connection } from "../connection.ts";
import { resolveSqliteOptions, type SqliteOptions } from "../sqlite-options.ts";
import { headerIsOurs } from "../store-file.ts";
import { openForReading } from "./expect-store.ts";
import { type Finding, problemOf } from "./findings.ts";
import type { OperationOptions } from "./operation-progress.ts";
import { type CheckedCounts, Verification } from "./verification.ts";
import { verifyBlocks } from "./verify-blocks.ts";
import { verifyFile } from "./verify-file.ts";
import { verifyReferences } from "./verify-references.ts";
import { verifyRows } from "./verify-rows.ts";
import { verifySequences } from "./verify-sequences.ts";

/** What `verifyStore` has found. */
export interface VerifyReport {
  readonly dbPath: string;
  /** Nothing is damaged. */
  readonly sound: boolean;
  readonly checked: Readonly<CheckedCounts>;
  /** What a query trips over, leaves out or counts wrongly, each with what to do. */
  readonly damage: readonly Finding[];
  /** What is worth knowing and no damage: snapshots that are missing between others. */
  readonly notes: readonly Finding[];
}

const NOTHING: CheckedCounts = { rows: 0, points: 0, blocks: 0, chunks: 0, samples: 0 };
const COUNT = "SELECT count(*) FROM metrics";

/**
 * Reads a store to its last byte and compares it with itself: SQLite's own check, what tables say of each other, every row
 * and every chunk unpacked and compared with its stored counts, sums, extremes and sketch, and every instance's sequence of
 * snapshots. Nothing is changed, and programs may write meanwhile: each block and some rows at a time are read in a short
 * transaction. SQLite's check is one call, which blocks the event loop for about a second per 100 MB; unpacking takes about
 * 0.2 s of processor time per MB.
 *
 * A value that damage has turned into another plausible one, in a row that is not sealed, cannot be told.
 *
 * Throws `BACKEND_UNAVAILABLE` where there is no store, `STORE_FOREIGN` and `STORE_NEWER` for files that are not for this
 * version, and the signal's reason; damage is reported, never thrown.
 */
export async function verifyStore(options: SqliteOptions & OperationOptions = {}): Promise<VerifyReport> {
  const settings = resolveSqliteOptions({ ...options, readonly: true });
  const { dbPath } = settings;
  let connection: Connection;
  try {
    connection = await openForReading(settings);
  } catch (cause) {
    if (!(cause instanceof Error) || !isDamage(cause, dbPath)) throw cause;
    const remedy = `save what can be read: sqlite3 ${dbPath} ".recover" | sqlite3 recovered.db`;
    const damage = [{ where: "the file", problem: problemOf(cause), remedy }];
    return { dbPath, sound: false, checked: NOTHING, damage, notes: [] };
  }
  try {
    const verification = new Verification(connection, options);
    await verifyFile(verification);
    await verification.read(() =>
      verification.findings.guard(dbPath, "table metrics", "see the file", () =>
        verification.expectRows(connection.value(COUNT) as number),
      ),
    );
    for (const check of [verifyReferences, verifyRows, verifyBlocks, verifySequences]) await check(verification);
    const { checked, findings } = verification;
    return { dbPath, sound: findings.damage.length === 0, checked, damage: findings.damage, notes: findings.notes };
  } finally {
    connection.close();
  }
}

/** Whether a store that cannot be opened was one of ours. */
function isDamage(error: Error, dbPath: string): boolean {
  if (isMetricsError(error, "STORE_CORRUPT")) return true;
  return (
    isMetricsError(error, "STORE_FOREIGN") && error.cause !== undefined && existsSync(dbPath) && headerIsOurs(dbPath)
  );
}
