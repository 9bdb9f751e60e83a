import type { MetricSnapshot } from "@giflab/metrics-core";
import type { Connection } from "./connection.ts";
import { SeriesIds } from "./series-ids.ts";
import { encodePoints } from "./snapshot-codec.ts";

const FIND_WRITER = "SELECT id, last_seq FROM writer WHERE writer_id = ?";
const ADD_WRITER = `INSERT INTO writer (writer_id, service, version, host, pid, thread, start_time, flush_interval, last_end)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`;
const ADVANCE_WRITER = `UPDATE writer SET last_seq = ?, flush_interval = ?, last_end = max(last_end, ?),
  closed_at = CASE WHEN ? THEN ? ELSE closed_at END WHERE id = ?`;
const ADD_ROW = `INSERT INTO metrics (timestamp, duration, writer, seq, first_seq, points, data) VALUES (?, ?, ?, ?, ?, ?, ?)`;

/** Stores snapshots: one row each, in one transaction that also remembers how far its instance has got. */
export class SnapshotWriter {
  readonly #ids = new SeriesIds();

  /**
   * Stores a snapshot unless it is there already: a retry of one that was stored but not acknowledged changes nothing.
   * Throws what SQLite throws, with nothing stored.
   */
  write(connection: Connection, snapshot: MetricSnapshot): void {
    try {
      connection.immediate(() => this.#write(connection, snapshot));
      this.#ids.commit();
    } catch (error) {
      this.#ids.rollback();
      throw error;
    }
  }

  /** The path leads to another file now: nothing known of the old one holds. */
  reset(): void {
    this.#ids.reset();
  }

  #write(connection: Connection, snapshot: MetricSnapshot): void {
    const { instance, sequence, start, end, flushIntervalSeconds, final } = snapshot;
    this.#ids.begin(connection);
    const known = connection.statement(FIND_WRITER).get(instance.writerId) as
      | { id: number; last_seq: number }
      | undefined;
    if (known !== undefined && sequence <= known.last_seq) return;
    const writer = known?.id ?? addWriter(connection, snapshot);
    const points = snapshot.points.map((point) => ({ series: this.#ids.of(connection, point.series), point }));
    this.#ids.addDerived(connection, snapshot);
    const data = encodePoints(points);
    connection.statement(ADD_ROW).run(end, end - start, writer, sequence, sequence, points.length, data);
    connection.statement(ADVANCE_WRITER).run(sequence, flushIntervalSeconds, end, final ? 1 : 0, end, writer);
  }
}

function addWriter(connection: Connection, { instance, flushIntervalSeconds, end }: MetricSnapshot): number {
  const { writerId, service, version, host, pid, thread, startTime } = instance;
  const statement = connection.statement(ADD_WRITER).pluck();
  return statement.get(writerId, service, version, host, pid, thread, startTime, flushIntervalSeconds, end) as number;
}
