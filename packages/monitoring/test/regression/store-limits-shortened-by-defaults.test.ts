import { join } from "node:path";
import { expect, test } from "vitest";
import { loadConfig, openStore, type SqliteSection } from "../../src/index.ts";
import { temporaryFolder } from "../temporary-folder.ts";

/** Opens a store to write, as a program with these settings does, and says which limits its file has then. */
async function limitsAfterOpening(sqlite: Partial<SqliteSection>): Promise<readonly unknown[]> {
  const store = await openStore(await loadConfig({ cwd: "/", env: {}, config: { monitoring: { sqlite } } }), {
    write: true,
  });
  const { details } = await store.stats();
  await store.close();
  return [details["retentionDays"], details["rawHours"], details["maxSizeMb"]];
}

// A program (or `giflab metrics clear`) without a configuration once set another program's 30 days back to 7.
test("settings reach the store, and defaults that nobody chose change no limits of a store that has its own", async () => {
  const dbPath = join(temporaryFolder(), "metrics.db");
  expect(await limitsAfterOpening({ dbPath, retentionDays: 30, rawHours: 48, maxSizeMb: 400 })).toEqual([30, 48, 400]);
  expect(await limitsAfterOpening({ dbPath })).toEqual([30, 48, 400]);
  expect(await limitsAfterOpening({ dbPath, retentionDays: 7 })).toEqual([7, 48, 400]);
});

test("a new store has the documented limits", async () => {
  expect(await limitsAfterOpening({ dbPath: join(temporaryFolder(), "metrics.db") })).toEqual([7, 24, 100]);
});
