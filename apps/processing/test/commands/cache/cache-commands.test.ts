import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { SqliteBackend } from "@giflab/backend-sqlite";
import Database from "better-sqlite3";
import { beforeEach, describe, expect, test } from "vitest";
import { FrameCache } from "../../../src/caching/frame-cache.ts";
import { ResizedFrameCache } from "../../../src/caching/resized-frame-cache.ts";
import { ValidationCache } from "../../../src/caching/validation-cache.ts";
import type { CacheStatusJson } from "../../../src/commands/cache/status.ts";
import { animation } from "../../caching/test-animation.ts";
import { CommandHome, type CommandOutcome, json } from "./command-home.ts";

let home: CommandHome;
let folder: string;
let cacheFolder: string;

beforeEach(() => {
  home = new CommandHome();
  ({ folder, cacheFolder } = home);
});

describe("cache status", () => {
  test("shows what other processes recorded, though they have ended, with limits and disk usage", async () => {
    await home.record((collector) => {
      collector.recordCounter("cache.frame.hits", 6, { tier: "memory" });
      collector.recordCounter("cache.frame.hits", 3, { tier: "disk" });
      collector.recordCounter("cache.frame.misses", 1);
      collector.recordCounter("cache.frame.evictions", 4);
      collector.recordCounter("cache.validation.hits", 1, { metric_type: "ssim", tier: "disk" });
      collector.recordCounter("cache.validation.misses", 3, { metric_type: "ssim" });
      collector.recordCounter("cache.validation.hits", 2, { metric_type: "mse", tier: "disk" });
      collector.recordCounter("cache.resize.buffer_pool.hits", 9);
      collector.recordCounter("cache.resize.buffer_pool.misses", 1);
    });
    const cache = new FrameCache({ diskPath: join(cacheFolder, "frame_cache.db") });
    cache.put(home.gif("a.gif"), animation(2));
    await cache.close();
    const { outcomes, loaded } = home.giflabs(["cache:status", "--json"], ["cache:status"]);
    const status = json<CacheStatusJson>(outcomes[0]);
    expect(status.frame).toMatchObject({
      enabled: true,
      hits: 9,
      misses: 1,
      totalAccesses: 10,
      hitRate: 0.9,
      evictions: 4,
      verdict: "excellent",
      memoryBytes: 0,
      memoryLimitMb: 500,
      diskLimitMb: 2000,
      diskEntries: 1,
      ttlHours: 24,
      diskPath: join(cacheFolder, "frame_cache.db"),
    });
    expect(status.validation).toMatchObject({
      hits: 3,
      misses: 3,
      verdict: "low",
      metricsBreakdown: {
        mse: { entries: 0, hits: 2, misses: 0, hitRate: 1 },
        ssim: { entries: 0, hits: 1, misses: 3, hitRate: 0.25 },
      },
    });
    expect(status.resize).toMatchObject({ verdict: "unknown", bufferPool: { hits: 9, misses: 1, reuseRate: 0.9 } });
    expect(outcomes[1]?.stdout).toMatch(/hit rate +90 %/);
    expect(outcomes[1]?.stdout).toContain("excellent");
    // Looking at the caches loads none of what fills them.
    expect(loaded.some((url) => url.includes("inspect-disk-tier"))).toBe(true);
    const heavy = /\/sharp\/|gifenc|xxhash|\/pino\/|\/src\/(gif|quality|pipeline)\/|frame-(cache|sampler)\.ts/;
    expect(loaded.filter((url) => heavy.test(url))).toEqual([]);
  });

  test("says why there are no counts, never zeros, and makes no file", () => {
    const outcome = home.giflab("cache:status", "--json");
    expect(outcome.exitCode).toBe(0);
    expect(outcome.stderr).toContain("no counts");
    expect(json<CacheStatusJson>(outcome).frame).toMatchObject({ hits: null, misses: null, verdict: "unknown" });
    expect(home.giflab("cache:status").stdout).toContain("unknown: what processes recorded cannot be read");
    expect(existsSync(join(cacheFolder, "frame_cache.db"))).toBe(false);
    expect(existsSync(join(cacheFolder, "metrics.db"))).toBe(false);
    expect(home.giflab("cache:clear", "--all").exitCode).toBe(0);
    expect(["frame_cache.db", "validation_cache.db"].filter((file) => existsSync(join(cacheFolder, file)))).toEqual([]);
  });

  test("takes limits and places from the configuration", () => {
    home.configure({ frameCache: { memoryLimitMb: 1000, diskPath: "caches/frames.db", enabled: false } });
    expect(json<CacheStatusJson>(home.giflab("cache:status", "--json")).frame).toMatchObject({
      enabled: false,
      memoryLimitMb: 1000,
      diskPath: join(folder, "caches/frames.db"),
    });
  });

  test("refuses a configuration that makes no sense, naming the key and what is allowed", () => {
    home.configure({ frameCache: { memoryLimitMb: -5 } });
    const { exitCode, stderr } = home.giflab("cache:status");
    expect(exitCode).toBe(2);
    expect(stderr).toContain("frameCache.memoryLimitMb must be a number from 0 to 1048576 of MB (0: off), got -5");
    expect(stderr).not.toContain("    at ");
  });

  test("calls a cache file that cannot be read so, and never empty", () => {
    writeFileSync(join(cacheFolder, "frame_cache.db"), "this is no database".repeat(500));
    const { outcomes } = home.giflabs(["cache:status", "--json"], ["cache:status"]);
    const { frame, validation } = json<CacheStatusJson>(outcomes[0]);
    expect([frame.diskEntries, frame.diskBytes, validation.diskEntries]).toEqual([null, null, 0]);
    expect(outcomes[1]?.stdout).toMatch(/disk +the file cannot be read/);
  });

  test("refuses a window that is no duration", () => {
    expect(home.giflab("cache:status", "--window", "soon")).toMatchObject({ exitCode: 2, stdout: "" });
  });
});

describe("cache warm", () => {
  test("decodes several files and folders into the cache, once", () => {
    const paths = [home.gif("a.gif"), home.gif("b.gif", 4)];
    home.gif("more/c.GIF", 6);
    home.gif("more/deep/d.gif", 8);
    const { outcomes } = home.giflabs(
      ["cache:warm", ...paths, join(folder, "more"), "--json"],
      ["cache:warm", folder, "-r", "--json"],
      ["cache:warm", folder, "-r", "--pattern", "?.gif", "--max-frames", "2", "--json"],
      ["cache:warm", folder, "--pattern", "A*", "--json"],
    );
    expect(outcomes.map((outcome) => json(outcome))).toEqual([
      { warmed: 3, present: 0, failed: [] },
      { warmed: 1, present: 3, failed: [] },
      { warmed: 4, present: 0, failed: [] },
      { warmed: 0, present: 1, failed: [] },
    ]);
  });

  test("is recorded like any run: what it puts, and no look-ups that would lower the hit rate", async () => {
    expect(home.giflab("cache:warm", home.gif("a.gif"), home.gif("b.gif", 4)).exitCode).toBe(0);
    const store = new SqliteBackend({ dbPath: join(cacheFolder, "metrics.db"), readonly: true });
    const summaries = await store.summaries({ match: "cache.frame.*", from: 0, to: Date.now() / 1000 + 1 });
    await store.close();
    const puts = summaries.filter(({ tags }) => tags["operation"] === "put");
    expect(puts.map(({ name, count }) => [name, count])).toEqual([["cache.frame.operation.duration", 2]]);
    expect(summaries.filter(({ name, sum }) => /hits|misses/.test(name) && (sum ?? 0) > 0)).toEqual([]);
  });

  test("leaves a line in the application log, and so does clearing", () => {
    home.giflabs(["cache:warm", home.gif("a.gif")], ["cache:clear", "--all"]);
    const lines = readFileSync(join(folder, "logs", "giflab.log"), "utf8")
      .trim()
      .split("\n");
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { level: "INFO", msg: "cache command finished", command: expect.stringContaining("warm"), result: { warmed: 1 } },
      { level: "INFO", command: expect.stringContaining("clear") },
    ]);
  });

  test("reports a file that cannot be decoded and goes on; exit 1 only when none could", () => {
    const broken = join(folder, "broken.gif");
    writeFileSync(broken, "this is no GIF");
    const [mixed, none] = home.giflabs(["cache:warm", broken, home.gif("a.gif")], ["cache:warm", broken]).outcomes;
    expect(mixed).toMatchObject({ exitCode: 0 });
    expect(mixed?.stderr).toContain(broken);
    expect(mixed?.stdout).toContain("1 warmed, 0 in the cache already, 1 failed");
    expect(none?.exitCode).toBe(1);
  });

  test("refuses what it cannot find", () => {
    const { outcomes } = home.giflabs(["cache:warm", "nowhere.gif"], ["cache:warm", "."], ["cache:warm"]);
    expect(outcomes.map(({ exitCode }) => exitCode)).toEqual([2, 2, 2]);
    expect(outcomes[0]?.stderr).toContain("nowhere.gif: there is no such file or folder");
    expect(outcomes[1]?.stderr).toContain('no file matches "*.gif"');
  });
});

describe("cache clear", () => {
  const query = { metric: "ssim", frames: ["a", "b"] as const } as const;

  async function fill(): Promise<void> {
    const frames = new FrameCache({ diskPath: join(cacheFolder, "frame_cache.db") });
    frames.put(home.gif("a.gif"), animation(2));
    await frames.close();
    const validation = new ValidationCache({ diskPath: join(cacheFolder, "validation_cache.db") });
    validation.put(query, 0.5);
    validation.put({ ...query, metric: "mse" }, 3);
    await validation.close();
  }

  const entries = (outcome: CommandOutcome | undefined): (number | null)[] => {
    const { frame, validation } = json<CacheStatusJson>(outcome);
    return [frame.diskEntries, validation.diskEntries];
  };

  test("empties the frame cache, with --all every cache, and asks nothing", async () => {
    await fill();
    const status = ["cache:status", "--json"];
    const { outcomes } = home.giflabs(
      ["cache:clear", "--memory-only"],
      status,
      ["cache:clear"],
      status,
      ["cache:clear", "--all", "--confirm"],
      status,
    );
    expect(outcomes.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0, 0, 0, 0]);
    expect([outcomes[1], outcomes[3], outcomes[5]].map(entries)).toEqual([
      [1, 2],
      [0, 2],
      [0, 0],
    ]);
    expect(outcomes[2]?.stdout).toContain("frame cache: 1 entry (");
    expect(json(home.giflab("cache:clear", "--json"))).toEqual({
      cleared: [{ cache: "frame", memoryOnly: false, diskEntries: 0, diskBytes: 0 }],
    });
  });

  test("says which file is locked, exit code 1, and clears the other caches all the same", async () => {
    await fill();
    const other = new Database(join(cacheFolder, "frame_cache.db"));
    other.exec("BEGIN EXCLUSIVE");
    const { outcomes } = home.giflabs(
      ["cache:clear", "--all"],
      ["cache:invalidate", "a.gif"],
      ["cache:status", "--json"],
    );
    other.close();
    expect(outcomes.map(({ exitCode }) => exitCode)).toEqual([1, 1, 0]);
    expect(outcomes[0]?.stderr).toContain("frame_cache.db is in use by another process and could not be cleared");
    expect(outcomes[0]?.stderr).toContain("validation cache: 2 entries (");
    expect(outcomes[1]?.stderr).toContain("frame_cache.db is in use by another process: try again");
    expect(entries(outcomes[2])).toEqual([1, 0]);
  });

  test("reaches the memory of a process that runs, within a second", async () => {
    await fill();
    const path = join(folder, "a.gif");
    const frames = new FrameCache({ diskPath: join(cacheFolder, "frame_cache.db") });
    const resized = new ResizedFrameCache({ clearSignalPath: join(cacheFolder, "resize_cache.cleared") });
    frames.get(path);
    resized.get({ width: 2, height: 2, rgba: new Uint8ClampedArray(16) }, { width: 1, height: 1 });
    expect([frames.stats().memoryEntries, resized.stats().entries]).toEqual([1, 1]);
    home.giflab("cache:clear", "--all");
    const began = performance.now();
    while (frames.stats().memoryEntries + resized.stats().entries > 0 && performance.now() - began < 5000) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect([frames.stats().memoryEntries, resized.stats().entries]).toEqual([0, 0]);
    await frames.close();
    resized.close();
  });

  test("validation-clear drops one metric's values, and names those there are for one it does not know", async () => {
    await fill();
    const { outcomes } = home.giflabs(
      ["cache:validation-clear", "--metric", "sim"],
      ["cache:validation-clear", "--metric", "ssim"],
      ["cache:validation-status", "--json"],
      ["cache:validation-clear", "--yes"],
      ["cache:status", "--json"],
    );
    expect(outcomes.map(({ exitCode }) => exitCode)).toEqual([2, 0, 0, 0, 0]);
    expect(outcomes[0]?.stderr).toContain("mse, ssim");
    expect(outcomes[1]?.stdout).toContain("1 entry of ssim removed");
    expect(json(outcomes[2])).toMatchObject({ diskEntries: 1, metricsBreakdown: { mse: { entries: 1 } } });
    expect(entries(outcomes[4])).toEqual([1, 0]);
  });

  test("resize-clear and invalidate say what they did", async () => {
    await fill();
    const { outcomes } = home.giflabs(
      ["cache:resize-clear"],
      ["cache:invalidate", "a.gif"],
      ["cache:invalidate", "a.gif"],
      ["cache:resize-status", "--json"],
    );
    expect(outcomes[0]?.stdout).toContain("within a second");
    expect(outcomes[1]?.stdout).toContain("1 entry removed");
    expect(outcomes[2]?.stdout).toContain("was not cached on disk");
    expect(json(outcomes[3])).toMatchObject({ enabled: true, memoryLimitMb: 200 });
  });
});

describe("resize-top", () => {
  test("adds up what all processes recorded of a size and method, and shows the most used first", async () => {
    const uses = [
      ["hits", "64x64", "AREA", 3],
      ["misses", "64x64", "AREA", 1],
      ["hits", "240x135", "AREA", 9],
      ["hits", "240x135", "LANCZOS4", 1],
      ["misses", "other", "AREA", 7],
    ] as const;
    for (let processes = 0; processes < 2; processes++) {
      await home.record((collector) => {
        for (const [outcome, size, method, count] of uses) {
          collector.recordCounter(`cache.resize.${outcome}`, count, { size, method });
        }
        collector.recordCounter("cache.resize.misses", 5);
      });
    }
    const { outcomes } = home.giflabs(["cache:resize-top", "--json", "-n", "3"], ["cache:resize-top"]);
    expect(json(outcomes[0])).toEqual({
      mostUsed: [
        { size: "240x135", method: "AREA", hits: 18, misses: 0, hitRate: 1 },
        { size: "64x64", method: "AREA", hits: 6, misses: 2, hitRate: 0.75 },
        { size: "240x135", method: "LANCZOS4", hits: 2, misses: 0, hitRate: 1 },
      ],
    });
    expect(outcomes[1]?.stdout.trim().split("\n")).toHaveLength(5);
    expect(outcomes[1]?.stdout).toMatch(/other +AREA +0 +14 +0 %/);
  });

  test("says that nothing was recorded, or that it cannot be read", async () => {
    const unread = home.giflab("cache:resize-top", "--json");
    expect([json(unread), unread.exitCode]).toEqual([{ mostUsed: null }, 0]);
    expect(unread.stderr).toContain("no counts");
    await home.record((collector) => collector.recordCounter("cache.frame.hits", 1));
    expect(home.giflab("cache:resize-top").stdout).toContain("no look-ups of resized frames were recorded");
  });
});

test("config and validation-config show what is in force, with the places of the files", () => {
  home.configure({ validationCache: { memoryLimitMb: 50, metrics: { ssim: false } } });
  const { outcomes } = home.giflabs(
    ["cache:config", "--json"],
    ["cache:config"],
    ["cache:validation-config", "--json"],
    ["cache:validation-config"],
  );
  const validationCache = {
    enabled: true,
    memoryLimitMb: 50,
    metrics: { ssim: false },
    diskPath: join(cacheFolder, "validation_cache.db"),
  };
  expect(json(outcomes[0])).toMatchObject({
    validationCache,
    frameCache: { diskPath: join(cacheFolder, "frame_cache.db") },
    resizeCache: { clearSignalPath: join(cacheFolder, "resize_cache.cleared") },
  });
  expect(outcomes[1]?.stdout).toMatch(/^frameCache\.memoryLimitMb +500$/m);
  expect(json(outcomes[2])).toMatchObject(validationCache);
  expect(outcomes[3]?.stdout).toMatch(/^validationCache\.metrics +\{"ssim":false\}$/m);
});
