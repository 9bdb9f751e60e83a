import { once } from "node:events";
import {
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { counterPoint, TestInstance } from "@giflab/backend-testkit";
import type { MetricsError } from "@giflab/metrics-core";
import Database from "better-sqlite3";
import { describe, expect, it } from "vitest";
import { createStoreFile, fileIdentity, isNetworkFileSystem, setAside } from "../src/store-file.ts";
import { Fixture } from "./run-fixture.ts";
import { StoreFolder } from "./store-folder.ts";

const folder = new StoreFolder();
const hits = (instance: TestInstance) => instance.flush([counterPoint("hits", 1)]);
const sumOf = async (store: ReturnType<StoreFolder["open"]>): Promise<number | undefined> =>
  (await store.summaries({ match: "hits", from: 0, to: 1e11 }))[0]?.sum;

describe("the file of a store", () => {
  it("goes on in a new one when only the database is removed, as the operations manual says", async () => {
    const store = folder.open();
    const instance = new TestInstance();
    store.write(hits(instance));
    rmSync(folder.dbPath);
    expect(existsSync(`${folder.dbPath}-wal`)).toBe(true);
    store.write(hits(instance));
    store.write(hits(instance));
    expect(await sumOf(store)).toBe(2);
    await store.close();
    expect(await sumOf(folder.open({ readonly: true }))).toBe(2);
    expect(readdirSync(folder.path).filter((name) => name.endsWith(".new"))).toEqual([]);
  });

  it("is shared by all that go on after it was removed", async () => {
    const stores = [folder.open(), folder.open(), folder.open()];
    const instances = stores.map(() => new TestInstance());
    const writeAll = (): void => stores.forEach((store, i) => void store.writeSync(hits(instances[i]!)));
    writeAll();
    rmSync(folder.dbPath);
    for (let round = 0; round < 5; round++) writeAll();
    for (const store of stores) expect(await sumOf(store)).toBe(15);
  });

  it("that was removed shares nothing with the one that another process still writes until it notices", async () => {
    const stepper = new Fixture("step-writer", folder.dbPath);
    const step = async (count: number): Promise<void> => {
      stepper.child.stdin!.write("\n");
      while (stepper.output.length < count) await once(stepper.child.stdout!, "data");
    };
    for (let count = 1; count <= 5; count++) await step(count);
    rmSync(folder.dbPath);
    const index = statSync(`${folder.dbPath}-shm`).ino;
    const store = folder.open();
    const instance = new TestInstance({ start: Date.now() / 1000 });
    for (let i = 0; i < 3; i++) store.write(hits(instance));
    expect(statSync(`${folder.dbPath}-shm`).ino).not.toBe(index);
    for (let count = 6; count <= 8; count++) await step(count);
    expect(await sumOf(store)).toBe(3);
    stepper.child.stdin!.end();
    expect(await stepper.ended()).toBe(0);
    await store.close();
    const found = await folder.open({ readonly: true }).summaries({ from: 0, to: 1e11, match: ["hits", "steps"] });
    expect(found.map(({ name, sum }) => [name, sum])).toEqual([
      ["hits", 3],
      ["steps", 3],
    ]);
    const db = new Database(folder.dbPath);
    expect(db.pragma("integrity_check", { simple: true })).toBe("ok");
    db.close();
  });

  it("leaves nothing beside it when the last one closes", async () => {
    const store = folder.open();
    store.write(hits(new TestInstance()));
    const reader = folder.open({ readonly: true });
    expect(await sumOf(reader)).toBe(1);
    await store.close();
    await reader.close();
    expect(readdirSync(folder.path)).toEqual(["metrics.db"]);
  });

  it("is not changed by readers of a program that has ended, and nothing is left beside it", async () => {
    const store = folder.open();
    store.write(hits(new TestInstance()));
    await store.close();
    const before = readFileSync(folder.dbPath);
    const reader = folder.open({ readonly: true });
    expect(await sumOf(reader)).toBe(1);
    await reader.close();
    expect(readFileSync(folder.dbPath)).toEqual(before);
    expect(readdirSync(folder.path)).toEqual(["metrics.db"]);
  });

  it("is found again by a reader when it is replaced", async () => {
    folder.open().writeSync(hits(new TestInstance()));
    const reader = folder.open({ readonly: true });
    expect(await sumOf(reader)).toBe(1);
    rmSync(folder.dbPath);
    await expect(sumOf(reader)).rejects.toMatchObject({ code: "BACKEND_UNAVAILABLE" });
    const anew = folder.open();
    const instance = new TestInstance();
    for (let i = 0; i < 3; i++) anew.writeSync(hits(instance));
    expect(await sumOf(reader)).toBe(3);
  });
});

describe("making a file", () => {
  it("waits for another process that does the same, and takes over from one that was killed", () => {
    const lock = `${folder.dbPath}.new`;
    writeFileSync(lock, "");
    const attempt = (): string | undefined => {
      try {
        createStoreFile(folder.dbPath);
      } catch (error) {
        return (error as MetricsError).code;
      }
      return undefined;
    };
    expect(attempt()).toBe("BACKEND_BUSY");
    const minuteAgo = Date.now() / 1000 - 60;
    utimesSync(lock, minuteAgo, minuteAgo);
    expect(attempt()).toBe("BACKEND_BUSY");
    expect(attempt()).toBeUndefined();
    expect(statSync(folder.dbPath).mode & 0o777).toBe(0o600);
  });

  it("sets aside the damaged file only, not the one that somebody has made in its place", () => {
    createStoreFile(folder.dbPath);
    const damaged = fileIdentity(folder.dbPath);
    renameSync(folder.dbPath, join(dirname(folder.dbPath), "elsewhere"));
    createStoreFile(folder.dbPath);
    expect(setAside(folder.dbPath, damaged, 0)).toBeUndefined();
    expect(existsSync(folder.dbPath)).toBe(true);
    expect(setAside(folder.dbPath, fileIdentity(folder.dbPath), 0)).toMatch(/\.corrupt-1970-01-01T00-00-00-000Z$/);
  });

  it("knows network file systems by their numbers", () => {
    expect([0x6969, 0x517b].map(isNetworkFileSystem)).toEqual([true, true]);
    expect(isNetworkFileSystem(0xff534d42 | 0)).toBe(true);
    expect(isNetworkFileSystem(0xef53)).toBe(false);
  });
});
