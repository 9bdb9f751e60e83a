import { closeSync, openSync, readdirSync, writeSync } from "node:fs";
import { counterPoint, gaugePoint, TestInstance } from "@giflab/backend-testkit";
import Database from "better-sqlite3";
import { describe, expect, it } from "vitest";
import { StoreFolder } from "./store-folder.ts";

const folder = new StoreFolder();
const window = { from: 0, to: 1e11 };

/** Writes a store of some hundred pages and closes it. */
async function written(): Promise<void> {
  const store = folder.open();
  const instance = new TestInstance();
  const payload = Array.from({ length: 100 }, (_, i) => gaugePoint(`g${i}`, Math.sqrt(i)));
  for (let flush = 0; flush < 100; flush++) store.writeSync(instance.flush(payload));
  await store.close();
}

/** Overwrites everything after the first page, which says whose file it is. */
function damage(): void {
  const file = openSync(folder.dbPath, "r+");
  writeSync(file, Buffer.alloc(60_000, 0x5a), 0, 60_000, 1024);
  closeSync(file);
}

const change = (sql: string, ...parameters: unknown[]): void => {
  const db = new Database(folder.dbPath);
  db.prepare(sql).run(...parameters);
  db.close();
};

describe("damage", () => {
  it("that a write runs into sets the file aside, and the very snapshot is stored in a new one", async () => {
    await written();
    damage();
    const store = folder.open();
    const snapshot = new TestInstance().flush([counterPoint("after", 7)]);
    store.writeSync(snapshot);
    expect((await store.summaries({ match: "after", ...window }))[0]?.sum).toBe(7);
    expect(folder.warnings).toEqual([
      expect.stringMatching(/was damaged: it is now .*\.corrupt-.*a new one was begun/),
    ]);
    expect(readdirSync(folder.path).filter((name) => name.includes(".corrupt-"))).toHaveLength(1);
  });

  it("is only reported by readers, with what to do", async () => {
    await written();
    damage();
    const reader = folder.open({ readonly: true });
    await expect(reader.summaries(window)).rejects.toMatchObject({
      code: "STORE_CORRUPT",
      message: expect.stringMatching(/is damaged .* move it away, or recover it/),
    });
    await reader.close();
    expect(readdirSync(folder.path).filter((name) => name.includes(".corrupt-"))).toEqual([]);
  });

  it("of one row is reported with the statement that removes it", async () => {
    await written();
    change("UPDATE metrics SET data = x'01ffff' WHERE id = 50");
    const reader = folder.open({ readonly: true });
    for (const query of [() => reader.summaries(window), () => Array.fromAsync(reader.points())]) {
      await expect(query()).rejects.toMatchObject({
        code: "STORE_CORRUPT",
        message: expect.stringMatching(/row 50 .*DELETE FROM metrics WHERE id = 50;/),
      });
    }
    change("DELETE FROM metrics WHERE id = 50");
    expect((await reader.summaries({ match: "g1", ...window }))[0]?.count).toBe(99);
  });

  it("of series that somebody has deleted hides those and no others", async () => {
    await written();
    change("DELETE FROM series WHERE id % 2 = 0");
    expect(await folder.open({ readonly: true }).summaries(window)).toHaveLength(50);
  });
});
