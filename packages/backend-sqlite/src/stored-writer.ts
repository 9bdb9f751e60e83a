import type { InstanceState } from "@giflab/metrics-core";
import type { Connection } from "./connection.ts";

const GET = "SELECT * FROM writer WHERE id = ?";

interface WriterRow {
  readonly writer_id: string;
  readonly service: string;
  readonly version: string;
  readonly host: string;
  readonly pid: number;
  readonly thread: number;
  readonly start_time: number;
  readonly flush_interval: number;
  readonly last_end: number;
  readonly closed_at: number | null;
}

/** An instance by its row id; `undefined` for one that somebody has deleted. */
export function storedWriter(connection: Connection, id: number): InstanceState | undefined {
  const row = connection.statement(GET).get(id) as WriterRow | undefined;
  if (row === undefined) return undefined;
  return {
    identity: {
      service: row.service,
      version: row.version,
      host: row.host,
      pid: row.pid,
      thread: row.thread,
      startTime: row.start_time,
      writerId: row.writer_id,
    },
    flushIntervalSeconds: row.flush_interval,
    lastEnd: row.last_end,
    closedAt: row.closed_at ?? undefined,
  };
}
