import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { counterPoint, gaugePoint, TestInstance } from "@giflab/backend-testkit";
import Database from "better-sqlite3";
import { describe, expect, it } from "vitest";
import { SqliteBackend } from "../../src/index.ts";
import { backupStore, type OperationProgress } from "../../src/operations/index.ts";
import { Fixture } from "../run-fixture.ts";
import { StoreFolder } from "../store-folder.ts";

const folder = new StoreFolder();
const target = () => `${folder.path}/backups.db`;
const options = () => ({ dbPath: folder.dbPath, target: target() });
const payload = Array.from({ length: 200 }, (_, i) => gaugePoint(`g${i}`, Math.sqrt(i)));

/** A store of some megabytes, most of it in the log. */
function record(flushes = 1000): { readonly store: SqliteBackend; readonly instance: TestInstance } {
  const store = folder.open();
  const instance = new TestInstance();
  for (let flush = 0; flush < flushes; flush++) store.writeSync(instance.flush([counterPoint("calls", 1), ...payload]));
  return { store, instance };
}

async function callsIn(dbPath: string): Promise<number> {
  const reader = new SqliteBackend({ dbPath, readonly: true });
  const [calls] = await reader.summaries({ match: "calls", from: 0, to: 1e11 });
  await reader.close();
  return calls!.sum!;
}

describe("backupStore", () => {
  it("holds all that was acknowledged before it began, though a program writes with every turn of its copying", async () => {
    const { store, instance } = record();
    let written = 1000;
    const progress: OperationProgress[] = [];
    // Another connection changes the store between any two steps of the copy.
    let copying = true;
    const writing = (async () => {
      while (copying) {
        store.writeSync(instance.flush([counterPoint("calls", 1), ...payload]));
        written++;
        await new Promise<void>((resolve) => setImmediate(resolve));
      }
    })();
    const report = await backupStore({ ...options(), onProgress: (now) => progress.push(now) });
    copying = false;
    await writing;
    expect(written).toBeGreaterThan(1003);
    expect(report).toEqual({ dbPath: folder.dbPath, target: target(), bytes: statSync(target()).size });
    const stored = await callsIn(target());
    expect(stored).toBeGreaterThanOrEqual(1000);
    expect(stored).toBeLessThanOrEqual(written);
    expect(await callsIn(folder.dbPath)).toBe(written);
    expect(progress.length).toBeGreaterThan(0);
    const copy = new Database(target());
    expect(copy.pragma("integrity_check", { simple: true })).toBe("ok");
    copy.close();
  });

  it("takes what a process that was killed has acknowledged, which is in the log only", async () => {
    const recorder = new Fixture("recorder", folder.dbPath, "job", "1000000");
    await recorder.started();
    recorder.child.kill("SIGKILL");
    await recorder.ended();
    const acknowledged = Number(recorder.output.slice(0, recorder.output.lastIndexOf("\n")).split("\n").at(-1));
    expect(existsSync(`${folder.dbPath}-wal`)).toBe(true);
    await backupStore(options());
    const reader = folder.open({ dbPath: target(), readonly: true });
    const [jobs] = await reader.summaries({ match: "jobs", from: 0, to: 1e11 });
    expect(jobs!.sum).toBeGreaterThanOrEqual(acknowledged);
  });

  it("is for its owner only, and goes on as a store of its own", async () => {
    const { instance } = record(3);
    await backupStore(options());
    expect(statSync(target()).mode & 0o777).toBe(0o600);
    const copy = folder.open({ dbPath: target() });
    copy.writeSync(instance.flush([counterPoint("calls", 1)]));
    expect([await callsIn(target()), await callsIn(folder.dbPath)]).toEqual([4, 3]);
  });

  it("replaces a file only when it is told to, and then without its old log", async () => {
    record(3);
    writeFileSync(target(), "precious");
    writeFileSync(`${target()}-wal`, "old log");
    await expect(backupStore(options())).rejects.toMatchObject({
      code: "INVALID_OPTION",
      message: expect.stringMatching(/backups\.db exists already: name another file, or overwrite it with --force$/),
    });
    expect(readFileSync(target(), "utf8")).toBe("precious");
    await backupStore({ ...options(), overwrite: true });
    expect(existsSync(`${target()}-wal`)).toBe(false);
    expect(await callsIn(target())).toBe(3);
  });

  it("leaves nothing behind when it is broken off", async () => {
    record();
    const breaking = new AbortController();
    const reason = new Error("enough");
    const broken = backupStore({ ...options(), signal: breaking.signal, onProgress: () => breaking.abort(reason) });
    await expect(broken).rejects.toBe(reason);
    expect(readdirSync(folder.path).filter((name) => name.startsWith("backups"))).toEqual([]);
  });

  it("says what is wrong with its target or store", async () => {
    await expect(backupStore(options())).rejects.toMatchObject({ code: "BACKEND_UNAVAILABLE" });
    record(3);
    await expect(backupStore({ ...options(), target: folder.dbPath, overwrite: true })).rejects.toMatchObject({
      code: "INVALID_OPTION",
      message: expect.stringMatching(/is the store itself/),
    });
    await expect(backupStore({ ...options(), target: `${folder.path}/no/b.db` })).rejects.toMatchObject({
      code: "BACKEND_UNAVAILABLE",
      message: expect.stringMatching(/^cannot write .*: its folder does not exist$/),
    });
  });
});
