import type { Clock } from "@giflab/metrics-core";
import { retryWhileBusy } from "../busy-retry.ts";
import type { Connection } from "../connection.ts";
import { vacuumInSteps } from "../maintenance.ts";
import type { StoreWriter } from "../open-writer.ts";
import { countRows, type RowCounts } from "../row-counts.ts";
import { resolveSqliteOptions, type SqliteOptions } from "../sqlite-options.ts";
import { storeBytes } from "../store-file.ts";
import { Upkeep } from "../upkeep.ts";
import { openExisting } from "./expect-store.ts";
import { type OperationOptions, ProgressReporter } from "./operation-progress.ts";
import { pause, runSteps, writeLogBack } from "./run-steps.ts";
import { upkeepBacklog } from "./upkeep-backlog.ts";

/** How large a store is. */
export interface StoreSize {
  /** Database and log. */
  readonly bytes: number;
  readonly rows: RowCounts;
}

/** What `compactStore` has done. */
export interface CompactReport {
  readonly dbPath: string;
  readonly before: StoreSize;
  readonly after: StoreSize;
  /** True when another program was at the same work to the end, so that some of it may be left. */
  readonly leftToAnother: boolean;
}

/** Another program that seals and rolls up is waited for as long as its lease may last. */
const LONGEST_WAIT_MS = 65_000;
const WAIT_MS = 250;

/**
 * Does all upkeep that is due now: seals hours that are over, rolls up, deletes what is past its limits, gives free pages
 * back to the file system and empties the log. Programs may write meanwhile: no lock is held for longer than some
 * milliseconds. Limits in `options` are written into the file first.
 *
 * Throws `BACKEND_UNAVAILABLE` where there is no store, `BACKEND_BUSY` when others hold its lock for many seconds, and the
 * codes of a writer; whatever was done until then holds.
 */
export async function compactStore(options: SqliteOptions & OperationOptions = {}): Promise<CompactReport> {
  const settings = resolveSqliteOptions(options);
  const writer = await openExisting(settings);
  const { connection } = writer;
  try {
    const before = await sizeOf(connection);
    const leftToAnother = await packAll(writer, settings.clock, options);
    await runSteps(writer, vacuumInSteps(connection), { signal: options.signal, onTurn: () => {} });
    await writeLogBack(settings.dbPath, "TRUNCATE");
    return { dbPath: settings.dbPath, before, after: await sizeOf(connection), leftToAnother };
  } finally {
    connection.close();
  }
}

/** Returns whether another program was at it to the end. */
async function packAll(writer: StoreWriter, clock: Clock, { signal, onProgress }: OperationOptions): Promise<boolean> {
  const reporter = new ProgressReporter({ onProgress });
  const upkeep = new Upkeep();
  const backlog = (): number => upkeepBacklog(writer.connection, writer.limits, clock.now());
  const total = backlog();
  const onTurn = (): void =>
    reporter.offer(() => ({
      phase: "sealing and rolling up",
      done: Math.max(0, total - backlog()),
      total,
      unit: "rows",
    }));
  const until = performance.now() + LONGEST_WAIT_MS;
  for (;;) {
    const packed = await runSteps(writer, upkeep.run(writer, clock.now()), { signal, onTurn });
    if (packed) return false;
    if (performance.now() >= until) return true;
    await pause(WAIT_MS);
  }
}

function sizeOf(connection: Connection): Promise<StoreSize> {
  return retryWhileBusy(() => {
    const { file, wal } = storeBytes(connection.path);
    return { bytes: file + wal, rows: connection.snapshot(() => countRows(connection)) };
  });
}
