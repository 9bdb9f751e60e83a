import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
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

  test("invalidate reaches it too: a running process would show the old frames of the file", async () => {
    await fill();
    const frames = new FrameCache({ diskPath: join(cacheFolder, "frame_cache.db") });
    frames.get(join(folder, "a.gif"));
    expect(frames.stats().memoryEntries).toBe(1);
    expect(home.giflab("cache:invalidate", "a.gif").exitCode).toBe(0);
    const began = performance.now();
    while (frames.stats().memoryEntries > 0 && performance.now() - began < 5000) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(frames.stats()).toMatchObject({ memoryEntries: 0, diskEntries: 0 });
    await frames.close();
  });

  test("validation-clear of a metric has nothing to do where the cache is empty, and says so where it cannot be read", () => {
    const nothing = home.giflabs(["cache:validation-clear", "--metric", "ssim"]).outcomes[0]!;
    expect(nothing).toMatchObject({ exitCode: 0, stdout: expect.stringContaining("0 entries of ssim removed") });
    const path = join(cacheFolder, "validation_cache.db");
    expect(existsSync(path)).toBe(false);
    mkdirSync(cacheFolder, { recursive: true });
    writeFileSync(path, "no database, whatever its name says".repeat(200));
    const unreadable = home.giflabs(["cache:validation-clear", "--metric", "ssim"]).outcomes[0]!;
    expect(unreadable).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("cannot be read") });
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
