import { counterPoint, TestInstance } from "@giflab/backend-testkit";
import Database from "better-sqlite3";
import { describe, expect, it } from "vitest";
import { sealDue } from "./sealed-store.ts";
import { StoreFolder } from "./store-folder.ts";
import { turnIntoVersionOne } from "./version-one-store.ts";

const folder = new StoreFolder();

/** A store of two hours as version 1 left it: no index over hot rows, and chunks with a composite key. */
function makeVersionOne(): TestInstance {
  const store = folder.open();
  const instance = new TestInstance({ start: folder.clock.now() });
  for (let flush = 0; flush < 1000; flush++) {
    store.writeSync(instance.flush([counterPoint("calls", 1)]));
    folder.clock.advance(10);
  }
  store.closeSync();
  turnIntoVersionOne(folder.dbPath);
  return instance;
}

const version = (): unknown => {
  const db = new Database(folder.dbPath, { readonly: true });
  try {
    return db.pragma("user_version", { simple: true });
  } finally {
    db.close();
  }
};

describe("a store of version 1", () => {
  it("is read as it is, and brought up to version 2 by the first who writes", async () => {
    const instance = makeVersionOne();
    const reader = folder.open({ readonly: true });
    const window = { from: 0, to: folder.clock.now() };
    expect((await reader.summaries(window))[0]).toMatchObject({ sum: 1000, covered: 10_000 });
    expect((await reader.stats()).details).toMatchObject({ schemaVersion: 1, hotRows: 1000 });
    expect(version()).toBe(1);

    const store = folder.open();
    store.writeSync(instance.flush([counterPoint("calls", 1)]));
    expect(version()).toBe(2);
    expect(sealDue(folder.dbPath, folder.clock)).toBe(2);
    // Both the reader that was there before and the writer go on.
    for (const one of [reader, store]) {
      expect((await one.summaries({ ...window, to: instance.end }))[0]).toMatchObject({ sum: 1001, count: 1001 });
    }
    expect((await store.stats()).details).toMatchObject({ schemaVersion: 2, blocks: 2, rollupBlocks: 0 });
  });
});
