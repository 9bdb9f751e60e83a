import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ManualClock } from "@giflab/metrics-core";
import Database from "better-sqlite3";
import { afterEach, beforeEach } from "vitest";
import { SqliteBackend, type SqliteOptions } from "../src/index.ts";

/** A folder for the stores of one test: what is opened in it is closed, and the folder goes, when the test ends. */
export class StoreFolder {
  path = "";
  clock: ManualClock = new ManualClock();
  warnings: string[] = [];
  #opened: SqliteBackend[] = [];
  #ends: (() => void)[] = [];

  constructor() {
    beforeEach(() => {
      this.path = mkdtempSync(join(tmpdir(), "giflab-sqlite-"));
      this.clock = new ManualClock();
      this.warnings = [];
      this.#opened = [];
      this.#ends = [];
    });
    afterEach(async () => {
      for (const end of this.#ends) end();
      for (const backend of this.#opened) await backend.close();
      rmSync(this.path, { recursive: true, force: true });
    });
  }

  get dbPath(): string {
    return join(this.path, "metrics.db");
  }

  open(options: SqliteOptions = {}): SqliteBackend {
    const onWarning = (message: string): void => void this.warnings.push(message);
    // On the loop it is done at moments that a test can tell; the thread has tests of its own.
    const settled: SqliteOptions = { dbPath: this.dbPath, clock: this.clock, upkeep: "loop", onWarning };
    const backend = new SqliteBackend({ ...settled, ...options });
    this.#opened.push(backend);
    return backend;
  }

  /** Has something done before the folder goes. */
  onEnd(work: () => void): void {
    this.#ends.push(work);
  }

  /** Runs SQL on the store, as an operator would beside the programs that use it. */
  change(sql: string): void {
    const db = new Database(this.dbPath);
    try {
      db.exec(sql);
    } finally {
      db.close();
    }
  }

  /** The one number that a query on the store gives. */
  number(sql: string): number {
    const db = new Database(this.dbPath, { readonly: true });
    try {
      return db.prepare(sql).pluck().get() as number;
    } finally {
      db.close();
    }
  }
}
