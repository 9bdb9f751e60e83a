import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describeBackendContract } from "@giflab/backend-testkit";
import { SqliteBackend } from "../src/index.ts";

describeBackendContract({
  name: "sqlite",
  capabilities: { read: true, store: true, state: true, writeSync: true },
  create: async ({ clock }) => {
    const folder = mkdtempSync(join(tmpdir(), "giflab-sqlite-"));
    const opened: SqliteBackend[] = [];
    const open = (): SqliteBackend => {
      const backend = new SqliteBackend({ dbPath: join(folder, "metrics.db"), clock });
      opened.push(backend);
      return backend;
    };
    return {
      backend: open(),
      reopen: async () => open(),
      dispose: async () => {
        for (const backend of opened) await backend.close();
        rmSync(folder, { recursive: true, force: true });
      },
    };
  },
});
