import { MetricsError } from "@giflab/metrics-core";
import type { Connection } from "../connection.ts";
import type { Stepwise } from "../stepwise.ts";
import { maxBytes, walLimit } from "../store-limits.ts";
import type { MergeJob } from "./merge-job.ts";
import type { MergeTarget } from "./merge-target.ts";

const ROWS = "SELECT writer, first_seq AS first, seq, start, timestamp AS end, points FROM metrics";
/** Beyond this share of its room a store begins to delete its oldest rows for new ones. */
const FULL_SHARE = 0.85;

/** What of a source is new to the target, before anything is stored. */
export interface MergePlan {
  readonly rows: number;
  readonly newRows: number;
  /** Older than the target keeps anything. */
  readonly expiredRows: number;
  /** Estimated from how the source keeps them. */
  readonly newBytes: number;
}

/** Looks at every row of the source, without its points. */
export function* planMerge(job: MergeJob): Stepwise<MergePlan> {
  const { source } = job;
  return yield* source.read(() => {
    let [rows, newRows, expiredRows, points, newPoints] = [0, 0, 0, 0, 0];
    const found = source.connection.statement(ROWS).all() as {
      readonly writer: number;
      readonly first: number;
      readonly seq: number;
      readonly start: number;
      readonly end: number;
      readonly points: number;
    }[];
    for (const { writer: id, points: some, ...row } of found) {
      rows++;
      points += some + 1;
      if (job.isExpired(row.end)) expiredRows++;
      const writer = source.writer(id);
      if (writer === undefined || !job.wants({ ...row, writer })) continue;
      newRows++;
      newPoints += some + 1;
    }
    const newBytes = points === 0 ? 0 : Math.ceil((usedBytes(source.connection) * newPoints) / points);
    return { rows, newRows, expiredRows, newBytes };
  });
}

/** Throws `BACKEND_FULL` when the target has no room for what is new without deleting its oldest rows. */
export function checkRoom({ connection, limits }: MergeTarget, plans: readonly MergePlan[]): void {
  const added = plans.reduce((total, { newBytes }) => total + newBytes, 0);
  const room = (maxBytes(limits) - walLimit(limits)) * FULL_SHARE;
  const needed = usedBytes(connection) + added;
  if (added === 0 || needed <= room) return;
  const inMb = (bytes: number): number => Math.ceil(bytes / 2 ** 20);
  throw new MetricsError(
    "BACKEND_FULL",
    `nothing was merged: ${connection.path} would hold about ${inMb(needed)} MB, and may hold ${limits.maxSizeMb} MB with its log: ` +
      `give it more with --max-size-mb ${inMb(needed / FULL_SHARE) + 5}, or maxSizeMb in the configuration`,
  );
}

function usedBytes(connection: Connection): number {
  return (connection.pragma("page_count") - connection.pragma("freelist_count")) * connection.pragma("page_size");
}
