import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { counterPoint, gaugePoint, ManualClock, TestInstance, timerPoint } from "@giflab/backend-testkit";
import { describe, expect, it } from "vitest";
import { createStoreFile } from "../src/store-file.ts";
import { sealDue } from "./sealed-store.ts";
import { StoreFolder } from "./store-folder.ts";

const folder = new StoreFolder();
const installed = spawnSync("sqlite3", ["--version"]).status === 0;
const required = process.env["GIFLAB_REQUIRE_RECEIVERS"] === "1";

const shell = (sql: string): string => execFileSync("sqlite3", [folder.dbPath, sql], { encoding: "utf8" }).trim();

const manualStatements = (): void => {
  it("deletes exactly what is older than seven days with the manual's statement, and gives the space back", async () => {
    const store = folder.open({ retentionDays: 30 });
    const now = Math.floor(Date.now() / 1000);
    const process = new TestInstance({ start: now - 14 * 86_400 });
    const payload = Array.from({ length: 20 }, (_, i) => gaugePoint(`g${i}`, Math.sqrt(i)));
    for (let hour = 0; hour < 14 * 24; hour++)
      store.writeSync(process.flush([counterPoint("jobs", 1), ...payload], { seconds: 3600 }));
    await store.close();
    const before = statSync(folder.dbPath).size;

    shell("DELETE FROM metrics WHERE timestamp < strftime('%s', 'now', '-7 days');");
    shell("VACUUM;");

    const reader = folder.open({ readonly: true });
    const { oldest, snapshots } = await reader.stats();
    expect(oldest).toBeGreaterThanOrEqual(now - 7 * 86_400);
    expect([7 * 24, 7 * 24 + 1]).toContain(snapshots);
    expect(statSync(folder.dbPath).size).toBeLessThan(before);
    const [jobs] = await reader.summaries({ match: "jobs", from: 0, to: now + 1 });
    expect(jobs?.sum).toBe(snapshots);
  });

  it("deletes exactly what is older where rows are sealed and rolled up", async () => {
    const now = Math.floor(Date.now() / 1000);
    const clock = new ManualClock(now);
    const store = folder.open({ rawHours: 24, retentionDays: 3, clock });
    const process = new TestInstance({ start: now - 14 * 86_400 });
    while (process.end < now)
      store.writeSync(process.flush([counterPoint("jobs", 1), timerPoint("load", [1])], { seconds: 120 }));
    await store.close();
    sealDue(folder.dbPath, clock);
    expect(shell("SELECT group_concat(resolution) FROM (SELECT DISTINCT resolution FROM metrics ORDER BY 1)")).toBe(
      "0,60,3600",
    );
    const younger = shell(
      "SELECT sum(seq - first_seq + 1) FROM metrics WHERE timestamp >= strftime('%s', 'now', '-7 days') + 0",
    );

    shell("DELETE FROM metrics WHERE timestamp < strftime('%s', 'now', '-7 days');");
    shell("VACUUM;");

    expect(shell("SELECT sum(seq - first_seq + 1) FROM metrics")).toBe(younger);
    expect(shell("SELECT count(*) FROM chunk WHERE block NOT IN (SELECT id FROM block)")).toBe("0");
    const [jobs, load] = await folder.open({ readonly: true }).summaries({ from: 0, to: now + 1 });
    expect([jobs?.sum, load?.count]).toEqual([Number(younger), Number(younger)]);
    expect(Number(younger)).toBeGreaterThan(7 * 720 - 60);
  });

  it("does not take itself for the last one who has the file open, and takes no log away", async () => {
    const store = folder.open();
    const process = new TestInstance({ start: Date.now() / 1000 });
    store.writeSync(process.flush([counterPoint("jobs", 1)]));
    // Somebody else in this process makes sure of the file. Opening and closing it would end the locks on it.
    createStoreFile(folder.dbPath);
    expect(shell("SELECT count(*) FROM metrics")).toBe("1");
    expect(existsSync(`${folder.dbPath}-wal`)).toBe(true);
    store.writeSync(process.flush([counterPoint("jobs", 1)]));
    expect(shell("SELECT count(*) FROM metrics")).toBe("2");
  });

  it("may delete and vacuum while a program has the file open and goes on writing", async () => {
    const store = folder.open();
    const now = Date.now() / 1000;
    const process = new TestInstance({ start: now - 10 * 86_400 });
    store.writeSync(process.flush([counterPoint("jobs", 5)]));
    store.writeSync(process.flush([counterPoint("jobs", 7)], { seconds: 10 * 86_400 - 20 }));
    shell("DELETE FROM metrics WHERE timestamp < strftime('%s', 'now', '-7 days');");
    shell("VACUUM;");
    store.writeSync(process.flush([counterPoint("jobs", 1)]));
    expect(shell("SELECT count(*), typeof(timestamp) FROM metrics")).toBe("2|real");
    const [jobs] = await store.summaries({ match: "jobs", from: 0, to: now + 100 });
    expect(jobs?.sum).toBe(8);
  });
};

const leftOut = (): void => {
  it("is not installed here, so the manual's statements are not tested", () => {
    console.warn("sqlite3 is not installed: the manual's SQL was not tested (apt-get install sqlite3)");
  });
};

describe("the stock sqlite3 shell", installed || required ? manualStatements : leftOut);
