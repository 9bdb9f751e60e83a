import { counterPoint, TestInstance } from "@giflab/backend-testkit";
import { describe, expect, it } from "vitest";
import { openWriter } from "../src/open-writer.ts";
import { resolveSqliteOptions } from "../src/sqlite-options.ts";
import { StoreFolder } from "./store-folder.ts";

const folder = new StoreFolder();
const settings = (options = {}) =>
  resolveSqliteOptions({ dbPath: folder.dbPath, onWarning: (message) => folder.warnings.push(message), ...options });

describe("opening for writing", () => {
  it("takes no write-ahead log on a network file system, says so once, and works there", async () => {
    const options = settings();
    openWriter(options, true).connection.close();
    const { connection } = openWriter(options, true);
    expect(connection.value("PRAGMA journal_mode")).toBe("truncate");
    connection.close();
    expect(folder.warnings).toEqual([expect.stringMatching(/network file system/)]);
  });

  it("turns the log on where the file came from a network file system", async () => {
    openWriter(settings(), true).connection.close();
    const store = folder.open();
    store.write(new TestInstance().flush([counterPoint("hits", 1)]));
    expect((await store.stats()).details).toMatchObject({ journalMode: "wal" });
  });

  it.each([
    ["process", 1],
    ["power", 2],
  ] as const)("syncs as durability %s asks", (durability, level) => {
    const { connection } = openWriter(settings({ durability }));
    expect(connection.pragma("synchronous")).toBe(level);
    expect(connection.pragma("busy_timeout")).toBe(0);
    expect(connection.pragma("wal_autocheckpoint")).toBe(0);
    expect(connection.pragma("auto_vacuum")).toBe(2);
    connection.close();
  });

  it("takes the limits that the file names unless it is given others", async () => {
    openWriter(settings({ retentionDays: 3, maxSizeMb: 20 })).connection.close();
    const { connection, limits } = openWriter(settings());
    expect(limits).toMatchObject({ retentionDays: 3, maxSizeMb: 20, rawHours: 24 });
    const twenty = connection.pragma("max_page_count");
    connection.close();
    const raised = openWriter(settings({ maxSizeMb: 40 }));
    expect(raised.limits).toMatchObject({ retentionDays: 3, maxSizeMb: 40 });
    expect(raised.connection.pragma("max_page_count")).toBeGreaterThan(twenty);
    raised.connection.close();
  });
});
