import type { Verification } from "./verification.ts";

const WRITERS = `SELECT id, service, host, pid, writer_id AS writerId, last_seq AS lastSeq, last_end AS lastEnd,
  start_time AS startTime, flush_interval AS flushInterval, closed_at AS closedAt FROM writer ORDER BY id`;
const ROWS = `SELECT writer, id, first_seq AS first, seq AS last, timestamp, start FROM metrics
  ORDER BY writer, first_seq, seq`;

interface WriterRow {
  readonly id: number;
  readonly service: string;
  readonly host: string;
  readonly pid: number;
  readonly writerId: string;
  readonly lastSeq: number;
  readonly lastEnd: number;
  readonly startTime: number;
  readonly flushInterval: number;
  readonly closedAt: number | null;
}

interface SequenceRow {
  readonly writer: number;
  readonly id: number;
  readonly first: number;
  readonly last: number;
  readonly timestamp: number;
}

/**
 * Every snapshot of an instance is there once: rows that overlap are damage. Snapshots that are missing between others are
 * noted: somebody has deleted them, or they never arrived.
 */
export async function verifySequences(verification: Verification): Promise<void> {
  const { connection, findings } = verification;
  const recover = `save what can be read: sqlite3 ${connection.path} ".recover"`;
  await verification.read(() =>
    findings.guard(connection.path, "the order of rows", recover, () => {
      const writers = new Map((connection.statement(WRITERS).all() as WriterRow[]).map((row) => [row.id, row]));
      for (const writer of writers.values()) verifyWriter(verification, writer);
      let rows: SequenceRow[] = [];
      const done = (): void => {
        const writer = writers.get(rows[0]?.writer ?? -1);
        if (writer !== undefined) verifyOf(verification, writer, rows);
      };
      for (const row of connection.statement(ROWS).iterate() as IterableIterator<SequenceRow>) {
        if (rows[0] !== undefined && rows[0].writer !== row.writer) {
          done();
          rows = [];
        }
        rows.push(row);
      }
      done();
    }),
  );
  await verification.turn();
}

function verifyWriter({ findings }: Verification, writer: WriterRow): void {
  const { id, lastSeq, lastEnd, flushInterval, startTime, closedAt } = writer;
  const numbers = [lastSeq, lastEnd, flushInterval, startTime, closedAt ?? 0];
  if (numbers.every(Number.isFinite) && Number.isSafeInteger(lastSeq) && flushInterval >= 0) return;
  findings.damaged(
    nameOf(writer),
    `has a number that makes no sense: last_seq ${lastSeq}, last_end ${lastEnd}, flush_interval ${flushInterval}`,
    `give it one that does: UPDATE writer SET ... WHERE id = ${id};`,
  );
}

function verifyOf({ findings }: Verification, writer: WriterRow, rows: readonly SequenceRow[]): void {
  let reached = rows[0]!.first - 1;
  let latest = Number.NEGATIVE_INFINITY;
  let [missing, gaps] = [0, 0];
  for (const { id, first, last, timestamp } of rows) {
    if (first <= reached) {
      findings.damaged(
        `row ${id} of metrics`,
        `holds snapshots ${first} to ${last} of ${nameOf(writer)}, of which some are in another row too: queries count one of the two`,
        `DELETE FROM metrics WHERE id = ${id};`,
      );
    } else if (first > reached + 1) {
      missing += first - reached - 1;
      gaps++;
    }
    reached = Math.max(reached, last);
    latest = Math.max(latest, timestamp);
  }
  if (reached > writer.lastSeq) {
    findings.damaged(
      nameOf(writer),
      `has rows up to snapshot ${reached}, and says ${writer.lastSeq}: one that is delivered again would be stored twice`,
      `UPDATE writer SET last_seq = ${reached} WHERE id = ${writer.id};`,
    );
  }
  if (latest > writer.lastEnd) {
    findings.damaged(
      nameOf(writer),
      `has a row of ${latest}, and says that the latest is of ${writer.lastEnd}`,
      `UPDATE writer SET last_end = ${latest} WHERE id = ${writer.id};`,
    );
  }
  if (missing === 0) return;
  findings.noted(
    nameOf(writer),
    `${missing} snapshots are missing in ${gaps} places between ${rows[0]!.first} and ${reached}`,
    "nothing to do if they were deleted by hand, or given up while the disk was full",
  );
}

function nameOf({ id, service, host, pid, writerId }: WriterRow): string {
  return `instance ${id} (${service}, process ${pid} on ${host}, ${writerId})`;
}
