import type { Clock } from "@giflab/metrics-core";
import { Overtaken } from "../block-storage.ts";
import type { Connection } from "../connection.ts";
import { MaintenanceLease } from "../maintenance-lease.ts";
import type { StoreWriter } from "../open-writer.ts";
import { type Stepwise, whenFree } from "../stepwise.ts";
import type { StoreLimits } from "../store-limits.ts";
import type { SourceWriter } from "./merge-source.ts";
import { SequenceCover } from "./sequence-cover.ts";

const COUNT_MERGE = `INSERT INTO settings VALUES ('merges', 1)
  ON CONFLICT (key) DO UPDATE SET value = value + 1 RETURNING value`;
const STATE = `SELECT coalesce((SELECT value FROM settings WHERE key = 'generation'), 0) AS generation,
  coalesce((SELECT value FROM settings WHERE key = 'merges'), 0) AS merges`;
const WRITERS = "SELECT id, writer_id AS writerId, last_seq AS lastSeq FROM writer";
const ROWS = "SELECT writer, first_seq AS first, seq FROM metrics ORDER BY writer, first_seq";
const WRITER = "SELECT id, last_seq AS lastSeq, last_end AS lastEnd FROM writer WHERE writer_id = ?";
const ADD_WRITER = `INSERT INTO writer (writer_id, service, version, host, pid, thread, start_time, flush_interval,
  last_seq, last_end, closed_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`;
const ADVANCE = `UPDATE writer SET last_seq = max(last_seq, ?), flush_interval = ?, last_end = max(last_end, ?),
  closed_at = ? WHERE id = ? AND last_end <= ?`;
const ADVANCE_OLDER = "UPDATE writer SET last_seq = max(last_seq, ?), last_end = max(last_end, ?) WHERE id = ?";

interface TargetWriter {
  id: number;
  lastSeq: number;
  readonly cover: SequenceCover;
}

/** Rows that were stored: who of the source they are of, and up to where. */
export interface TakenRows {
  readonly writer: SourceWriter;
  readonly first: number;
  readonly seq: number;
  readonly end: number;
}

/**
 * The store into which others are merged, as far as merging must know it: which snapshots of which instances it has. What is
 * known is checked in each transaction that relies on it: when another program has cleared the store, forgotten an instance,
 * merged too or written as one of these instances meanwhile, the transaction throws `Overtaken` and changes nothing.
 */
export class MergeTarget {
  readonly connection: Connection;
  readonly limits: StoreLimits;
  readonly lease: MaintenanceLease = new MaintenanceLease();
  readonly #clock: Clock;
  readonly #writers = new Map<string, TargetWriter>();
  #generation = 0;
  #merges = 0;

  constructor({ connection, limits }: StoreWriter, clock: Clock) {
    this.connection = connection;
    this.limits = limits;
    this.#clock = clock;
  }

  /** Grows when row ids of series may have become others'. */
  get generation(): number {
    return this.#generation;
  }

  /** Learns anew what the store has. */
  load(): void {
    const { connection } = this;
    this.#writers.clear();
    connection.snapshot(() => {
      const { generation, merges } = connection.statement(STATE).get() as { generation: number; merges: number };
      [this.#generation, this.#merges] = [generation, merges];
      const byId = new Map<number, TargetWriter>();
      for (const row of connection.statement(WRITERS).all() as { id: number; writerId: string; lastSeq: number }[]) {
        const writer = { id: row.id, lastSeq: row.lastSeq, cover: new SequenceCover() };
        byId.set(row.id, writer);
        this.#writers.set(row.writerId, writer);
      }
      const rows = connection.statement(ROWS).iterate() as IterableIterator<{
        writer: number;
        first: number;
        seq: number;
      }>;
      for (const { writer, first, seq } of rows) byId.get(writer)?.cover.add(first, seq);
    });
  }

  /** Gives the lease up; where that is not possible it runs out. */
  letGo(): void {
    try {
      this.connection.immediate(() => this.lease.release(this.connection));
    } catch {
      // Busy, or the file is gone.
    }
  }

  /** How many snapshots of a range it has. */
  covered(writerId: string, first: number, last: number): number {
    return this.#writers.get(writerId)?.cover.count(first, last) ?? 0;
  }

  /** The instance's row id here, as far as is known. */
  idOf(writerId: string): number | undefined {
    return this.#writers.get(writerId)?.id;
  }

  /** Adds instances that it does not have yet. */
  *addWriters(writers: readonly SourceWriter[]): Stepwise<void> {
    const missing = writers.filter(({ writerId }) => !this.#writers.has(writerId));
    if (missing.length === 0) return;
    yield* whenFree(this.connection, () => {
      for (const writer of missing) {
        const known = this.connection.statement(WRITER).get(writer.writerId) as { id: number } | undefined;
        // Somebody has begun to write as this instance just now.
        if (known !== undefined) throw new Overtaken(`instance ${writer.writerId} is there already`);
      }
      for (const writer of missing) {
        const { writerId, service, version, host, pid, thread, startTime } = writer;
        const { flushInterval, lastSeq, lastEnd, closedAt } = writer;
        const values = [
          writerId,
          service,
          version,
          host,
          pid,
          thread,
          startTime,
          flushInterval,
          lastSeq,
          lastEnd,
          closedAt,
        ];
        const id = this.connection.value(ADD_WRITER, ...values) as number;
        this.#writers.set(writerId, { id, lastSeq, cover: new SequenceCover() });
      }
    });
  }

  /**
   * To be called first in a transaction that stores rows of these instances, with the lock held. Throws `Overtaken` when
   * something that is known of the store holds no more.
   */
  check(writerIds: Iterable<string>): void {
    const { generation, merges } = this.connection.statement(STATE).get() as { generation: number; merges: number };
    if (!this.lease.take(this.connection, this.#clock.now())) throw new Overtaken("another process has taken over");
    if (generation !== this.#generation || merges !== this.#merges) throw new Overtaken("the store was changed");
    for (const writerId of writerIds) {
      const known = this.#writers.get(writerId);
      const now = this.connection.statement(WRITER).get(writerId) as { id: number; lastSeq: number } | undefined;
      if (now === undefined || now.id !== known?.id || now.lastSeq !== known.lastSeq) {
        throw new Overtaken(`instance ${writerId} has changed`);
      }
    }
  }

  /** To be called last in that transaction: instances have got as far as the rows that were stored. */
  advance(rows: readonly TakenRows[]): { readonly done: () => void } {
    const merges = this.connection.value(COUNT_MERGE) as number;
    const latest = new Map<string, { writer: SourceWriter; seq: number; end: number }>();
    for (const { writer, seq, end } of rows) {
      const before = latest.get(writer.writerId) ?? { writer, seq, end };
      latest.set(writer.writerId, { writer, seq: Math.max(before.seq, seq), end: Math.max(before.end, end) });
    }
    for (const { writer, seq, end } of latest.values()) {
      const { id } = this.#writers.get(writer.writerId)!;
      const { flushInterval, closedAt, lastEnd } = writer;
      const step = [seq, flushInterval, end, closedAt, id, lastEnd];
      if (this.connection.statement(ADVANCE).run(...step).changes === 0) {
        this.connection.statement(ADVANCE_OLDER).run(seq, end, id);
      }
    }
    // Only what is committed is known.
    return {
      done: () => {
        this.#merges = merges;
        for (const { writer, first, seq } of rows) {
          const known = this.#writers.get(writer.writerId)!;
          known.cover.add(first, seq);
          known.lastSeq = Math.max(known.lastSeq, seq);
        }
      },
    };
  }
}
