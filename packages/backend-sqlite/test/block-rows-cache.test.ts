import { counterPoint, TestInstance } from "@giflab/backend-testkit";
import { describe, expect, it } from "vitest";
import { BlockRowsCache } from "../src/block-rows-cache.ts";
import { StoreReader } from "../src/store-reader.ts";
import { sealDue } from "./sealed-store.ts";
import { StoreFolder } from "./store-folder.ts";

const folder = new StoreFolder();
const FLUSHES = 361;

function sealedHour(): void {
  const instance = new TestInstance({ start: Math.ceil(folder.clock.now() / 3600) * 3600 });
  const store = folder.open();
  for (let flush = 0; flush < FLUSHES; flush++) store.writeSync(instance.flush([counterPoint("calls", 1)]));
  folder.clock.advance(instance.end + 7200 - folder.clock.now());
  sealDue(folder.dbPath, folder.clock);
}

function openReader(): StoreReader {
  const reader = new StoreReader(
    folder.dbPath,
    () => {},
    () => {},
  );
  folder.onEnd(() => reader.close());
  return reader;
}

describe("the rows of blocks in memory", () => {
  it("lack what has been deleted since they were read", async () => {
    sealedHour();
    const reader = openReader();
    const alive = (): Promise<number | undefined> =>
      reader.read(({ connection, blockRows }) => {
        const rows = blockRows.read(connection, 1);
        return rows === undefined ? undefined : (rows.alive?.filter(Boolean).length ?? rows.ticks.seqs.length);
      });
    const first = await alive();
    expect(first).toBe(360);
    expect(await alive()).toBe(360);
    folder.change("DELETE FROM metrics WHERE seq <= 100");
    expect(await alive()).toBe(260);
    expect(await alive()).toBe(260);
    folder.change("DELETE FROM metrics WHERE block = 1");
    expect(await alive()).toBeUndefined();
  });

  it("are not read again while nobody writes", async () => {
    sealedHour();
    const cache = new BlockRowsCache();
    const reader = openReader();
    const read = (): Promise<unknown> => reader.read(({ connection }) => cache.read(connection, 1));
    const before = await read();
    expect(await read()).toBe(before);
    folder.change("DELETE FROM metrics WHERE seq = 7");
    expect(await read()).not.toBe(before);
  });
});
