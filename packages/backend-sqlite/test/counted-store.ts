import type { MetricSummary } from "@giflab/metrics-core";
import Database from "better-sqlite3";
import { expect } from "vitest";
import { SqliteBackend } from "../src/index.ts";

/** Which snapshots of an instance are stored: an unbroken range. */
export interface StoredRange {
  readonly first: number;
  readonly last: number;
  /** Epoch seconds at which the oldest row ends, a rolled up one with its minute or hour. */
  readonly oldest: number;
}

const GAPS = `SELECT count(*) FROM (SELECT first_seq - lag(seq, 1, first_seq - 1) OVER (PARTITION BY writer ORDER BY first_seq)
  AS step FROM metrics) WHERE step <> 1`;
const RANGES = `SELECT service AS id, min(first_seq) AS first, max(seq) AS last, min(timestamp) AS oldest
  FROM metrics JOIN writer ON writer.id = metrics.writer GROUP BY writer.id`;

/**
 * Counts what is in a store of `countedFlush`es again: by SQLite's own check, by its rows, by summaries and by points. Fails
 * where a snapshot is missing between others or is there twice.
 * @returns by service, of which each is one instance.
 */
export async function recount(dbPath: string): Promise<ReadonlyMap<string, StoredRange>> {
  const ranges = rangesOf(dbPath);
  const store = new SqliteBackend({ dbPath, readonly: true });
  try {
    const window = { from: 0, to: 1e11 };
    const summaries: MetricSummary[] = [];
    for (const match of ["calls", "load", "level"]) {
      summaries.push(...(await store.summaries({ ...window, match, byInstance: true })));
    }
    const find = (name: string, id: string): MetricSummary | undefined =>
      summaries.find((one) => one.name === name && one.instance?.service === id);
    const counted = new Map<string, number>();
    for await (const point of store.points({ ...window, match: "calls" })) {
      const id = point.instance.service;
      counted.set(id, (counted.get(id) ?? 0) + (point.kind === "counter" ? point.value : Number.NaN));
    }
    for (const [id, { first, last }] of ranges) {
      const [count, sum] = [last - first + 1, ((first + last) * (last - first + 1)) / 2];
      expect(find("calls", id), id).toMatchObject({ count, sum });
      expect(find("load", id), id).toMatchObject({ count: 2 * count, sum: 2 * sum, min: first, max: last });
      expect(find("level", id), id).toMatchObject({ last });
      expect(counted.get(id), id).toBe(sum);
    }
    expect(counted.size).toBe(ranges.size);
  } finally {
    await store.close();
  }
  return ranges;
}

function rangesOf(dbPath: string): ReadonlyMap<string, StoredRange> {
  const db = new Database(dbPath);
  try {
    expect(db.pragma("integrity_check", { simple: true })).toBe("ok");
    expect(db.prepare(GAPS).pluck().get()).toBe(0);
    const rows = db.prepare(RANGES).all() as (StoredRange & { readonly id: string })[];
    return new Map(rows.map(({ id, ...range }) => [id, range]));
  } finally {
    db.close();
  }
}

/** Chunks without their block and blocks without their rows: none may be there once upkeep is through. */
export function leftovers(dbPath: string): number {
  const db = new Database(dbPath, { readonly: true });
  try {
    const sql = `SELECT (SELECT count(*) FROM chunk WHERE block NOT IN (SELECT id FROM block))
      + (SELECT count(*) FROM block WHERE id NOT IN (SELECT block FROM metrics WHERE block IS NOT NULL))
      + (SELECT count(*) FROM metrics WHERE block NOT IN (SELECT id FROM block))`;
    return db.prepare(sql).pluck().get() as number;
  } finally {
    db.close();
  }
}
