import { crc32 } from "node:zlib";
import type { Statement } from "better-sqlite3";
import type { Database } from "./disk-database.ts";

/** Bytes a row takes beside its data, key and label. */
const ROW_BYTES = 200;
/** SQLite refuses larger rows. */
const MAX_VALUE_BYTES = 900 * 2 ** 20;

/** A row to be stored. */
export interface CacheRow {
  readonly key: string;
  /** What it is filed under: a path, a metric name. */
  readonly label: string;
  /** Version of what `label` names: storing one removes the others. Empty: no versions. */
  readonly variant: string;
  /** Version of the data's layout. */
  readonly format: number;
  /** Epoch seconds. */
  readonly createdAt: number;
  readonly data: Uint8Array;
}

/** A row that was read. */
export interface StoredValue {
  readonly format: number;
  readonly data: Uint8Array;
  readonly createdAt: number;
  /** False when the bytes are not those that were written. */
  readonly sound: boolean;
}

export interface DiskUsage {
  readonly entries: number;
  /** What the entries take; the file is somewhat larger. */
  readonly bytes: number;
}

interface RawRow {
  readonly format: number;
  readonly checksum: number;
  readonly created_at: number;
  readonly data: Buffer;
}

/** The statements on one open cache file. They throw SQLite's errors. */
export class CacheTable {
  readonly database: Database;
  readonly #get: Statement<[string], RawRow>;
  readonly #createdAt: Statement<[string], { readonly created_at: number }>;
  readonly #insert: Statement<unknown[]>;
  readonly #delete: Statement<[string]>;
  readonly #deleteLabel: Statement<[string]>;
  readonly #deleteOldVariants: Statement<[string, string]>;
  readonly #noteUse: Statement<[number, string]>;
  readonly #usage: Statement<[], DiskUsage>;
  readonly #leastUsed: Statement<[], { readonly cache_key: string; readonly data_size: number }>;

  constructor(database: Database) {
    this.database = database;
    this.#get = database.prepare("SELECT format, checksum, created_at, data FROM entry WHERE cache_key = ?");
    this.#createdAt = database.prepare("SELECT created_at FROM entry WHERE cache_key = ?");
    this.#insert = database.prepare(
      `INSERT INTO entry(cache_key, label, variant, format, checksum, data_size, created_at, last_accessed, data)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#delete = database.prepare("DELETE FROM entry WHERE cache_key = ?");
    this.#deleteLabel = database.prepare("DELETE FROM entry WHERE label = ?");
    this.#deleteOldVariants = database.prepare("DELETE FROM entry WHERE label = ? AND variant <> ?");
    this.#noteUse = database.prepare(
      "UPDATE entry SET last_accessed = max(last_accessed, ?), access_count = access_count + 1 WHERE cache_key = ?",
    );
    this.#usage = database.prepare("SELECT entries, bytes FROM total");
    this.#leastUsed = database.prepare("SELECT cache_key, data_size FROM entry ORDER BY last_accessed");
  }

  /** When the row was created, without reading its data; `undefined` without such a row. */
  createdAt(key: string): number | undefined {
    return this.#createdAt.get(key)?.created_at;
  }

  get(key: string): StoredValue | undefined {
    const row = this.#get.get(key);
    if (row === undefined) return undefined;
    return { format: row.format, data: row.data, createdAt: row.created_at, sound: crc32(row.data) === row.checksum };
  }

  /** Stores a row, making room first; leaves out one that is larger than `limitBytes`. To be called in a transaction. */
  store(row: CacheRow, limitBytes: number, now: number): void {
    const size = row.data.byteLength + ROW_BYTES + row.key.length + row.label.length;
    this.#delete.run(row.key);
    if (row.variant !== "") this.#deleteOldVariants.run(row.label, row.variant);
    if (size > limitBytes || row.data.byteLength > MAX_VALUE_BYTES) return;
    this.makeRoom(limitBytes - size);
    const { key, label, variant, format, createdAt, data } = row;
    this.#insert.run(key, label, variant, format, crc32(data), size, createdAt, now, data);
  }

  /** Removes the rows used longest ago until at most `limitBytes` are left. */
  makeRoom(limitBytes: number): void {
    const excess = this.usage().bytes - limitBytes;
    if (excess <= 0) return;
    const keys: string[] = [];
    let freed = 0;
    for (const { cache_key, data_size } of this.#leastUsed.iterate()) {
      keys.push(cache_key);
      freed += data_size;
      if (freed >= excess) break;
    }
    for (const key of keys) this.#delete.run(key);
  }

  noteUse(key: string, at: number): void {
    this.#noteUse.run(at, key);
  }

  delete(key: string): number {
    return this.#delete.run(key).changes;
  }

  deleteLabel(label: string): number {
    return this.#deleteLabel.run(label).changes;
  }

  /** Removes everything and gives the room back to the file system. Returns how many rows. */
  deleteAll(): number {
    const removed = this.database
      .transaction(() => this.database.prepare("DELETE FROM entry").run().changes)
      .immediate();
    this.database.pragma("incremental_vacuum");
    this.database.pragma("wal_checkpoint(TRUNCATE)");
    return removed;
  }

  deleteCreatedBefore(time: number): void {
    this.database.prepare("DELETE FROM entry WHERE created_at <= ?").run(time);
  }

  usage(): DiskUsage {
    return this.#usage.get() ?? { entries: 0, bytes: 0 };
  }

  countByLabel(): ReadonlyMap<string, number> {
    const rows = this.database
      .prepare<[], { label: string; entries: number }>("SELECT label, count(*) AS entries FROM entry GROUP BY label")
      .all();
    return new Map(rows.map(({ label, entries }) => [label, entries]));
  }
}
