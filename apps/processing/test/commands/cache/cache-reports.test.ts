import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { FrameCache } from "../../../src/caching/frame-cache.ts";
import type { CacheStatusJson } from "../../../src/commands/cache/status.ts";
import { animation } from "../../caching/test-animation.ts";
import { CommandHome, json } from "./command-home.ts";

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
    memoryPressure: { enabled: true, criticalRatio: 0.8 },
  });
  expect(outcomes[1]?.stdout).toMatch(/^frameCache\.memoryLimitMb +500$/m);
  expect(json(outcomes[2])).toMatchObject(validationCache);
  expect(outcomes[3]?.stdout).toMatch(/^validationCache\.metrics +\{"ssim":false\}$/m);
});
