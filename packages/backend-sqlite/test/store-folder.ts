import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ManualClock } from "@giflab/metrics-core";
import { afterEach, beforeEach } from "vitest";
import { SqliteBackend, type SqliteOptions } from "../src/index.ts";

/** A folder for the stores of one test: what is opened in it is closed, and the folder goes, when the test ends. */
export class StoreFolder {
  path = "";
  clock: ManualClock = new ManualClock();
  warnings: string[] = [];
  #opened: SqliteBackend[] = [];

  constructor() {
    beforeEach(() => {
      this.path = mkdtempSync(join(tmpdir(), "giflab-sqlite-"));
      this.clock = new ManualClock();
      this.warnings = [];
      this.#opened = [];
    });
    afterEach(async () => {
      for (const backend of this.#opened) await backend.close();
      rmSync(this.path, { recursive: true, force: true });
    });
  }

  get dbPath(): string {
    return join(this.path, "metrics.db");
  }

  open(options: SqliteOptions = {}): SqliteBackend {
    const onWarning = (message: string): void => void this.warnings.push(message);
    const backend = new SqliteBackend({ dbPath: this.dbPath, clock: this.clock, onWarning, ...options });
    this.#opened.push(backend);
    return backend;
  }
}
