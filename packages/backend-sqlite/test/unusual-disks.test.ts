import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gaugePoint, TestInstance } from "@giflab/backend-testkit";
import type { MetricsError } from "@giflab/metrics-core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { SqliteBackend } from "../src/index.ts";
import { StoreFolder } from "./store-folder.ts";

const folder = new StoreFolder();
const payload = (): ReturnType<typeof gaugePoint>[] =>
  Array.from({ length: 100 }, (_, i) => gaugePoint(`g${i}`, Math.random()));

const codeOf = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    return (error as MetricsError).code;
  }
  return "none";
};

/** Whether this machine lets us mount a small disk of our own. */
const mountable =
  process.platform === "linux" &&
  spawnSync("sh", ["-c", "d=$(mktemp -d) && mount -t tmpfs -o size=64k tmpfs $d && umount $d && rmdir $d"]).status ===
    0;

if (mountable) {
  describe("a disk of its own", () => {
    let disk = "";
    beforeEach(() => {
      disk = join(folder.path, "disk");
      mkdirSync(disk);
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", disk]);
    });
    afterEach(() => execFileSync("umount", ["-l", disk]));

    it("that is full loses nothing that was stored, and takes new data when there is room again", async () => {
      const ballast = join(disk, "ballast");
      writeFileSync(ballast, Buffer.alloc(600 * 1024));
      const store = folder.open({ dbPath: join(disk, "metrics.db") });
      const instance = new TestInstance({ start: folder.clock.now() });
      let stored = 0;
      let refused: ReturnType<TestInstance["flush"]> | undefined;
      while (refused === undefined && stored < 2000) {
        const snapshot = instance.flush(payload());
        const code = codeOf(() => store.writeSync(snapshot));
        if (code === "none") stored++;
        else {
          expect(code).toBe("BACKEND_FULL");
          refused = snapshot;
        }
      }
      expect(stored).toBeGreaterThan(10);
      expect(stored).toBeLessThan(2000);
      expect((await store.stats()).snapshots).toBe(stored);
      rmSync(ballast);
      store.writeSync(refused!);
      expect((await store.stats()).snapshots).toBe(stored + 1);
      await store.close();
      const [point] = await folder
        .open({ dbPath: join(disk, "metrics.db") })
        .summaries({ match: "g0", from: 0, to: 1e11 });
      expect(point?.count).toBe(stored + 1);
    });

    it("that is too full to make a store says so", () => {
      writeFileSync(join(disk, "ballast"), Buffer.alloc(1020 * 1024));
      expect(codeOf(() => folder.open({ dbPath: join(disk, "metrics.db") }).open())).toBe("BACKEND_FULL");
    });

    it("that is read-only can be read, and says what to do when it is to be written", async () => {
      const dbPath = join(disk, "metrics.db");
      const store = folder.open({ dbPath });
      store.writeSync(new TestInstance({ start: folder.clock.now() }).flush(payload()));
      await store.close();
      execFileSync("mount", ["-o", "remount,ro", disk]);
      const reader = folder.open({ dbPath, readonly: true });
      expect(await reader.stats()).toMatchObject({ snapshots: 1, points: 100 });
      expect(await reader.summaries({ match: "g7", from: 0, to: 1e11 })).toHaveLength(1);
      expect(() => folder.open({ dbPath }).open()).toThrow(/check that its folder exists and can be written/);
      expect(codeOf(() => folder.open({ dbPath: join(disk, "new", "metrics.db") }).open())).toBe("BACKEND_UNAVAILABLE");
    });
  });
} else {
  describe("a disk of its own", () => {
    it("cannot be mounted here, so full and read-only disks are not tested", () => {
      console.warn(
        "mounting a small disk needs rights that this user has not: full and read-only disks were not tested",
      );
    });
  });
}

describe("the size cap", () => {
  it("makes room at once when a single write finds the store full", async () => {
    const store = folder.open({ maxSizeMb: 1 });
    const instance = new TestInstance({ start: folder.clock.now() });
    // Without the event loop no maintenance runs, so only the write itself can make room.
    for (let flush = 0; flush < 2500; flush++) store.writeSync(instance.flush(payload()));
    const { snapshots, newest } = await store.stats();
    expect(newest).toBe(instance.end);
    expect(snapshots).toBeGreaterThan(100);
    await store.close();
    expect(statSync(folder.dbPath).size).toBeLessThan(2 ** 20);
  });
});

describe("no home folder", () => {
  it("is an error that names what to set", () => {
    const { HOME } = process.env;
    process.env["HOME"] = "/nonexistent";
    try {
      expect(() => new SqliteBackend()).toThrow(/GIFLAB_METRICS_DB/);
    } finally {
      if (HOME === undefined) delete process.env["HOME"];
      else process.env["HOME"] = HOME;
    }
    expect(readdirSync(folder.path)).toEqual([]);
  });
});
