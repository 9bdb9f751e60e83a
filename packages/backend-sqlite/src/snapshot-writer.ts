import { type MetricSnapshot, MetricsError } from "@giflab/metrics-core";
import type { Connection } from "./connection.ts";
import { SeriesIds } from "./series-ids.ts";
import { encodePoints } from "./snapshot-codec.ts";

const FIND_WRITER = "SELECT last_seq FROM writer WHERE writer_id = ?";
const ADD_WRITER = `INSERT INTO writer (writer_id, service, version, host, pid, thread, start_time, flush_interval, last_seq, last_end)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, ?)`;
const ADVANCE_WRITER = `UPDATE writer SET last_seq = ?, flush_interval = ?, last_end = max(last_end, ?),
  closed_at = CASE WHEN ? THEN ? ELSE closed_at END WHERE writer_id = ? AND last_seq < ? RETURNING id`;
const ADD_ROW = `INSERT INTO metrics (timestamp, start, writer, first_seq, seq, points, data) VALUES (?, ?, ?, ?, ?, ?, ?)`;

/** Stores snapshots: one row each, in one transaction that also remembers how far its instance has got. */
export class SnapshotWriter {
  readonly #ids = new SeriesIds();

  /**
   * Stores a snapshot unless it is there already: a retry of one that was stored but not acknowledged changes nothing.
   * Throws `REJECTED` for one that makes no sense, otherwise what SQLite throws, with nothing stored.
   */
  write(connection: Connection, snapshot: MetricSnapshot): void {
    checkSnapshot(snapshot);
    let begun = false;
    try {
      connection.immediate(() => {
        begun = true;
        this.#write(connection, snapshot);
      });
    } catch (error) {
      // Ids that were given out in this transaction are not in the file.
      if (begun) this.#ids.reset();
      throw error;
    }
  }

  /** Notes that the series of this process are still written; to be called about once a day, with the lock held. */
  markSeen(connection: Connection, epochSeconds: number): void {
    this.#ids.markSeen(connection, epochSeconds);
  }

  /** The path leads to another file now: nothing known of the old one holds. */
  reset(): void {
    this.#ids.reset();
  }

  #write(connection: Connection, snapshot: MetricSnapshot): void {
    const { sequence, start, end, points, derived } = snapshot;
    const writer = advance(connection, snapshot);
    if (writer === undefined) return;
    this.#ids.begin(connection);
    const data = encode(snapshot, this.#ids.of(connection, snapshot));
    this.#ids.addDerived(connection, derived);
    connection.statement(ADD_ROW).run(end, start, writer, sequence, sequence, points.length, data);
  }
}

function encode({ instance, sequence, points, final }: MetricSnapshot, ids: readonly number[]): Buffer {
  try {
    return encodePoints(points, ids, final);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new MetricsError("REJECTED", `snapshot ${sequence} of ${instance.service}: ${cause.message}`, { cause });
  }
}

/** Moves the writer on to this snapshot. Returns its row id, or `undefined` when it has been there already. */
function advance(connection: Connection, snapshot: MetricSnapshot): number | undefined {
  const { instance, sequence, end, final, flushIntervalSeconds } = snapshot;
  const { writerId, service, version, host, pid, thread, startTime } = instance;
  const step = [sequence, flushIntervalSeconds, end, final ? 1 : 0, end, writerId, sequence];
  const move = (): number | undefined => connection.value(ADVANCE_WRITER, ...step) as number | undefined;
  const moved = move();
  if (moved !== undefined || connection.value(FIND_WRITER, writerId) !== undefined) return moved;
  connection
    .statement(ADD_WRITER)
    .run(writerId, service, version, host, pid, thread, startTime, flushIntervalSeconds, end);
  return move();
}

function checkSnapshot({ instance, sequence, start, end }: MetricSnapshot): void {
  if (Number.isSafeInteger(sequence) && sequence > 0 && Number.isFinite(start) && Number.isFinite(end)) return;
  throw new MetricsError(
    "REJECTED",
    `a snapshot has a sequence number from 1 and finite times, got ${sequence}, ${start} and ${end} of ${instance.service}`,
  );
}
