import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { ManualClock } from "@giflab/metrics-core";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { FrameCache } from "../../src/caching/frame-cache.ts";
import type { FrameCacheOptions } from "../../src/caching/frame-cache-options.ts";
import { recordMessages } from "./recorded-messages.ts";
import { scratchFolder } from "./scratch-folder.ts";
import { animation, writeSource } from "./test-animation.ts";

const MB = 2 ** 20;

let folder: string;
let clock: ManualClock;
let warnings: string[];
const open: FrameCache[] = [];

beforeEach(() => {
  folder = scratchFolder();
  clock = new ManualClock();
  warnings = [];
});

afterEach(async () => {
  for (const cache of open.splice(0)) await cache.close();
});

function newCache(options: FrameCacheOptions = {}): FrameCache {
  const cache = new FrameCache({
    diskPath: join(folder, "cache", "frame_cache.db"),
    clock,
    onWarning: (message) => warnings.push(message),
    ...options,
  });
  open.push(cache);
  return cache;
}

/** Puts an animation for a new file, and closes the cache so that it is on disk. */
async function onDisk(name = "a.gif", seed = 2): Promise<string> {
  const path = writeSource(join(folder, name));
  const cache = newCache();
  cache.put(path, animation(seed));
  await cache.close();
  return path;
}

const databasePath = (): string => join(folder, "cache", "frame_cache.db");
const rows = (): number => {
  const database = new Database(databasePath());
  const count = database.prepare("SELECT count(*) FROM entry").pluck().get() as number;
  database.close();
  return count;
};

describe("FrameCache in memory", () => {
  test("returns the very frames that were put", () => {
    const cache = newCache();
    const path = writeSource(join(folder, "a.gif"));
    const gif = animation(1);
    expect(cache.get(path)).toBeUndefined();
    expect(cache.put(path, gif)).toBe(true);
    expect(cache.get(path)).toBe(gif);
    expect(cache.stats()).toMatchObject({ hits: 1, misses: 1, totalAccesses: 2, hitRate: 0.5, memoryEntries: 1 });
    expect(cache.stats().memoryBytes).toBe(4 * 8 * 6 * 3 + 256);
  });

  test("takes a file whose time, size or inode changed for another", () => {
    const cache = newCache();
    const path = writeSource(join(folder, "a.gif"));
    cache.put(path, animation(1));
    utimesSync(path, 1000, 1000);
    expect(cache.get(path)).toBeUndefined();
    cache.put(path, animation(1));
    appendFileSync(path, "x");
    utimesSync(path, 1000, 1000);
    expect(cache.get(path)).toBeUndefined();
    cache.put(path, animation(1));
    writeSource(join(folder, "b.gif"), "GIF89ax");
    utimesSync(join(folder, "b.gif"), 1000, 1000);
    renameSync(join(folder, "b.gif"), path);
    expect(cache.get(path)).toBeUndefined();
    expect(cache.stats().memoryEntries).toBe(0);
  });

  test("keeps entries made with different frame limits apart", () => {
    const cache = newCache();
    const path = writeSource(join(folder, "a.gif"));
    const few = animation(1, { frames: 2 });
    const all = animation(1, { frames: 9 });
    cache.put(path, few, { maxFrames: 2 });
    expect(cache.get(path)).toBeUndefined();
    cache.put(path, all);
    expect(cache.get(path, { maxFrames: 2 })).toBe(few);
    expect(cache.get(path)).toBe(all);
    expect(cache.get(path, { maxFrames: 3 })).toBeUndefined();
  });

  test("takes a missing file for a miss that is neither counted nor told", () => {
    const messages = recordMessages("giflab:cache");
    const cache = newCache();
    expect(cache.get(join(folder, "none.gif"))).toBeUndefined();
    expect(cache.get(`${folder}/a\0b.gif`)).toBeUndefined();
    expect(cache.get(folder)).toBeUndefined();
    expect(cache.put(join(folder, "none.gif"), animation(1))).toBe(false);
    expect(cache.stats()).toMatchObject({ totalAccesses: 0, hitRate: undefined });
    expect(messages).toEqual([]);
  });

  test("forgets an entry a day after it was decoded, however often it is used", () => {
    const cache = newCache();
    const path = writeSource(join(folder, "a.gif"));
    cache.put(path, animation(1));
    clock.advance(86_399);
    expect(cache.get(path)).toBeDefined();
    clock.advance(1);
    expect(cache.get(path)).toBeUndefined();
    expect(cache.stats().evictions).toBe(1);
  });

  test("refuses an entry larger than its limit and keeps the others", async () => {
    const cache = newCache({ memoryLimitMb: 2000 / MB });
    const small = writeSource(join(folder, "small.gif"));
    const large = writeSource(join(folder, "large.gif"));
    cache.put(small, animation(1));
    expect(cache.put(large, animation(1, { frames: 20 }))).toBe(false);
    expect(cache.stats()).toMatchObject({ memoryEntries: 1, evictions: 0 });
    await cache.flush();
    expect(cache.get(large)?.frames.length).toBe(20);
  });

  test("does nothing when disabled", async () => {
    const cache = newCache({ enabled: false });
    const path = writeSource(join(folder, "a.gif"));
    expect(cache.put(path, animation(1))).toBe(false);
    expect(cache.get(path)).toBeUndefined();
    let decodes = 0;
    const decode = () => {
      decodes++;
      return animation(1);
    };
    await cache.getOrDecode(path, decode);
    await cache.getOrDecode(path, decode);
    await cache.close();
    expect(decodes).toBe(2);
    expect(cache.stats().totalAccesses).toBe(0);
    expect(existsSync(databasePath())).toBe(false);
  });
});

describe("FrameCache.getOrDecode", () => {
  test("decodes once for all who ask at the same time", async () => {
    const cache = newCache();
    const path = writeSource(join(folder, "a.gif"));
    let decodes = 0;
    const decode = async () => {
      decodes++;
      await new Promise((resolve) => setImmediate(resolve));
      return animation(1);
    };
    const results = await Promise.all([1, 2, 3].map(() => cache.getOrDecode(path, decode)));
    expect(decodes).toBe(1);
    expect(results[1]).toBe(results[0]);
    expect(await cache.getOrDecode(path, decode)).toBe(results[0]);
    expect(decodes).toBe(1);
  });

  test("hands the frame limit to the decoder", async () => {
    const cache = newCache();
    const path = writeSource(join(folder, "a.gif"));
    const asked: unknown[] = [];
    const decode = (_: string, options: object) => {
      asked.push(options);
      return animation(1);
    };
    await cache.getOrDecode(path, decode, { maxFrames: 5 });
    await cache.getOrDecode(path, decode);
    expect(asked).toEqual([{ maxFrames: 5 }, {}]);
  });

  test("passes the decoder's error on, and tries again the next time", async () => {
    const cache = newCache();
    const path = writeSource(join(folder, "a.gif"));
    await expect(
      cache.getOrDecode(path, () => {
        throw new Error("damaged");
      }),
    ).rejects.toThrow("damaged");
    await expect(cache.getOrDecode(path, () => animation(1))).resolves.toBeDefined();
  });

  test("does not keep what was decoded while the file changed", async () => {
    const cache = newCache();
    const path = writeSource(join(folder, "a.gif"));
    await cache.getOrDecode(path, () => {
      appendFileSync(path, "more");
      return animation(1);
    });
    expect(cache.stats().memoryEntries).toBe(0);
    expect(cache.get(path)).toBeUndefined();
  });
});

describe("FrameCache on disk", () => {
  test("finds in a new cache what another has put", async () => {
    const path = await onDisk();
    const cache = newCache();
    const gif = cache.get(path)!;
    expect({ ...gif, frames: gif.frames.map((frame) => ({ ...frame })) }).toEqual(animation(2));
    expect(cache.get(path)).toBe(gif);
    expect(cache.stats()).toMatchObject({ hits: 2, misses: 0, diskEntries: 1 });
  });

  test("keeps an entry's age across processes", async () => {
    const path = await onDisk();
    clock.advance(86_399);
    expect(newCache().get(path)).toBeDefined();
    const later = newCache();
    clock.advance(1);
    expect(later.get(path)).toBeUndefined();
    await later.close();
    expect(rows()).toBe(0);
  });

  test("drops the entries of a file's earlier versions when a new one comes", async () => {
    const path = await onDisk();
    appendFileSync(path, "changed");
    const cache = newCache();
    expect(cache.get(path)).toBeUndefined();
    cache.put(path, animation(3));
    await cache.close();
    expect(rows()).toBe(1);
  });

  test("takes a corrupt row for a miss, removes it, and goes on", async () => {
    const path = await onDisk();
    const database = new Database(databasePath());
    database.prepare("UPDATE entry SET data = zeroblob(length(data))").run();
    database.close();
    const cache = newCache();
    expect(cache.get(path)).toBeUndefined();
    await cache.flush();
    expect(rows()).toBe(0);
    cache.put(path, animation(2));
    await cache.flush();
    expect(rows()).toBe(1);
  });

  test("takes a row of another layout for a miss and removes it", async () => {
    const path = await onDisk();
    const database = new Database(databasePath());
    database.prepare("UPDATE entry SET format = 99").run();
    database.close();
    const cache = newCache();
    expect(cache.get(path)).toBeUndefined();
    await cache.flush();
    expect(rows()).toBe(0);
  });

  test.each([
    ["no database at all", () => "this is not a database, but long enough to be read as one ".repeat(200)],
    [
      "a damaged one",
      () => {
        const bytes = readFileSync(databasePath());
        bytes.fill(0xa5, 100);
        return bytes;
      },
    ],
  ])("moves a file aside that is %s, and begins anew", async (_, content) => {
    const path = await onDisk();
    writeFileSync(databasePath(), content());
    for (const suffix of ["-wal", "-shm"]) rmSync(databasePath() + suffix, { force: true });
    const cache = newCache();
    expect(cache.get(path)).toBeUndefined();
    cache.put(path, animation(2));
    await cache.close();
    const again = newCache();
    expect(again.get(path)).toBeDefined();
    expect(existsSync(`${databasePath()}.corrupt`)).toBe(true);
  });

  test("leaves another program's database alone, says so once, and goes on in memory", async () => {
    mkdirSync(join(folder, "cache"));
    const foreign = new Database(databasePath());
    foreign.exec("CREATE TABLE theirs(x); INSERT INTO theirs VALUES (42)");
    foreign.close();
    const path = writeSource(join(folder, "a.gif"));
    const cache = newCache();
    const gif = animation(1);
    cache.put(path, gif);
    await cache.flush();
    expect(cache.get(path)).toBe(gif);
    expect(cache.get(writeSource(join(folder, "b.gif")))).toBeUndefined();
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain("another program");
    const after = new Database(databasePath());
    expect(after.prepare("SELECT x FROM theirs").pluck().get()).toBe(42);
    after.close();
  });

  test("goes on in memory when its folder cannot be made", async () => {
    writeFileSync(join(folder, "cache"), "a file where the folder should be");
    const path = writeSource(join(folder, "a.gif"));
    const cache = newCache();
    const gif = animation(1);
    expect(cache.put(path, gif)).toBe(true);
    await cache.flush();
    expect(cache.get(path)).toBe(gif);
    expect(warnings).toHaveLength(1);
  });

  test("makes the file anew when it is removed while in use", async () => {
    const path = await onDisk();
    const cache = newCache();
    cache.get(path);
    for (const suffix of ["", "-wal", "-shm"]) rmSync(databasePath() + suffix, { force: true });
    cache.put(writeSource(join(folder, "b.gif")), animation(3));
    await cache.flush();
    expect(rows()).toBe(1);
    expect(warnings).toEqual([]);
  });

  test("neither waits nor fails while another process holds the lock, and writes once it is gone", async () => {
    const path = await onDisk();
    const other = new Database(databasePath());
    other.exec("BEGIN IMMEDIATE");
    const cache = newCache();
    expect(cache.get(path)).toBeDefined();
    const second = writeSource(join(folder, "b.gif"));
    const began = performance.now();
    cache.put(second, animation(3));
    await new Promise((resolve) => setImmediate(resolve));
    expect(performance.now() - began).toBeLessThan(500);
    other.exec("COMMIT");
    other.close();
    await cache.flush();
    expect(rows()).toBe(2);
    expect(warnings).toEqual([]);
  });

  test("stays below its limit by dropping what was used longest ago", async () => {
    const names = ["a.gif", "b.gif", "c.gif", "d.gif"].map((name) => writeSource(join(folder, name)));
    const shape = { width: 64, height: 64, frames: 1, colors: 1000 };
    const options = { diskLimitMb: (3 * 16_800) / MB };
    for (const [at, name] of names.entries()) {
      const cache = newCache(options);
      cache.put(name, animation(at + 1, shape));
      clock.advance(1);
      if (at === 2) cache.get(names[0]!);
      await cache.close();
    }
    const cache = newCache(options);
    expect(names.map((name) => cache.get(name) !== undefined)).toEqual([true, false, true, true]);
    expect(cache.stats().diskBytes).toBeLessThanOrEqual(3 * 16_800);
  });

  test("leaves out of the disk tier what is larger than it", async () => {
    const path = writeSource(join(folder, "a.gif"));
    const cache = newCache({ diskLimitMb: 100 / MB });
    cache.put(path, animation(1, { colors: 1000, width: 50, height: 50 }));
    await cache.flush();
    expect(cache.stats()).toMatchObject({ memoryEntries: 1, diskEntries: 0 });
  });
});

describe("emptying a FrameCache", () => {
  test("invalidate drops a file's entries of every frame limit, in memory and on disk, and no others", async () => {
    const a = writeSource(join(folder, "a.gif"));
    const b = writeSource(join(folder, "b.gif"));
    const cache = newCache();
    cache.put(a, animation(1));
    cache.put(a, animation(1, { frames: 1 }), { maxFrames: 1 });
    cache.put(b, animation(2));
    expect(await cache.invalidate(a)).toBe(2);
    expect(cache.get(a)).toBeUndefined();
    expect(cache.get(a, { maxFrames: 1 })).toBeUndefined();
    expect(cache.get(b)).toBeDefined();
    expect(rows()).toBe(1);
  });

  test("clear empties both tiers and the counts; memoryOnly keeps the disk", async () => {
    const path = await onDisk();
    const cache = newCache();
    cache.get(path);
    expect(await cache.clear({ memoryOnly: true })).toBe(true);
    expect(cache.stats()).toMatchObject({ memoryEntries: 0, hits: 0, diskEntries: 1 });
    expect(cache.get(path)).toBeDefined();
    expect(await cache.clear()).toBe(true);
    expect(cache.get(path)).toBeUndefined();
    expect(rows()).toBe(0);
  });

  test("clear says when another process keeps the disk locked", async () => {
    await onDisk();
    const other = new Database(databasePath());
    other.exec("BEGIN IMMEDIATE");
    expect(await newCache().clear()).toBe(false);
    other.close();
  });

  test("clear reaches the memory of other caches on the same file within a second", async () => {
    const path = await onDisk();
    const running = newCache();
    running.get(path);
    expect(running.stats().memoryEntries).toBe(1);
    await newCache().clear();
    clock.advance(0.5);
    expect(running.get(path)).toBeUndefined();
    expect(running.stats().memoryEntries).toBe(0);
  });

  test("clear keeps what another process was about to write from coming back", async () => {
    const path = await onDisk();
    const other = writeSource(join(folder, "b.gif"));
    const running = newCache();
    running.put(other, animation(2));
    await newCache().clear();
    clock.advance(0.5);
    expect(running.get(path)).toBeUndefined();
    await running.flush();
    expect(newCache().get(other)).toBeUndefined();
  });

  test("giving memory back drops the entries used longest ago, which are still on disk", async () => {
    const paths = ["a.gif", "b.gif", "c.gif"].map((name) => writeSource(join(folder, name)));
    const cache = newCache();
    for (const path of paths) cache.put(path, animation(2));
    await cache.flush();
    const entryBytes = cache.memoryBytes / 3;
    cache.get(paths[0]!);
    expect(cache.shrink(1)).toBe(entryBytes);
    expect(cache.shrink(entryBytes)).toBe(entryBytes);
    expect(cache.memoryBytes).toBe(entryBytes);
    expect(cache.stats()).toMatchObject({ memoryEntries: 1, diskEntries: 3, evictions: 2 });
    const messages = recordMessages("giflab:cache");
    for (const path of paths) expect(cache.get(path)).toBeDefined();
    expect(messages.map(({ tags }) => tags)).toEqual([{ tier: "memory" }, { tier: "disk" }, { tier: "disk" }]);
  });

  test("clearing one cache's memory leaves others alone unless every process is meant", async () => {
    const path = await onDisk();
    const running = newCache();
    const gif = running.get(path);
    await newCache().clear({ memoryOnly: true });
    clock.advance(0.5);
    expect(running.get(path)).toBe(gif);
    await newCache().clear({ memoryOnly: true, everyProcess: true });
    clock.advance(0.5);
    expect(running.get(path)).not.toBe(gif);
    expect(running.get(path)).toBeDefined();
  });
});

describe("FrameCache.warm", () => {
  test("decodes what is not there, one after the other, and reports what fails", async () => {
    const present = await onDisk();
    const fresh = writeSource(join(folder, "b.gif"));
    const broken = writeSource(join(folder, "c.gif"));
    const missing = join(folder, "none.gif");
    const seen: string[] = [];
    const report = await newCache().warm([present, fresh, broken, missing], {
      decode: (path) => {
        if (path === broken) throw new Error("damaged");
        return animation(3);
      },
      onProgress: (path) => seen.push(path),
    });
    expect(report).toEqual({
      warmed: 1,
      present: 1,
      failed: [
        { path: broken, reason: "damaged" },
        { path: missing, reason: `no such file: ${missing}` },
      ],
    });
    expect(seen).toEqual([present, fresh, broken, missing]);
    expect(rows()).toBe(2);
  });
});

describe("what a FrameCache tells", () => {
  const entryBytes = 4 * 8 * 6 * 3 + 256;
  let source: string;

  beforeEach(() => {
    source = writeSource(join(folder, "source.gif"));
  });

  test("is how much memory would have held an entry that was evicted meanwhile", () => {
    const messages = recordMessages("giflab:cache");
    const other = writeSource(join(folder, "b.gif"));
    const cache = newCache({ memoryLimitMb: (1.5 * entryBytes) / MB, diskLimitMb: 0 });
    for (const path of [source, other, source]) {
      cache.get(path);
      cache.put(path, animation(3));
    }
    const last = messages.filter(({ operation }) => operation === "get").at(-1);
    expect(last).toMatchObject({ outcome: "miss", reuseDistanceBytes: 2 * entryBytes });
  });

  test("is a first use after the file has changed, and after everything was cleared or one file dropped", async () => {
    const messages = recordMessages("giflab:cache");
    const cache = newCache({ diskLimitMb: 0 });
    const firstUse = (): unknown => {
      cache.get(source);
      const { firstUse } = messages.filter(({ operation }) => operation === "get").at(-1)!;
      cache.put(source, animation(3));
      return firstUse;
    };
    expect([firstUse(), firstUse()]).toEqual([true, undefined]);
    await cache.clear();
    expect([firstUse(), firstUse()]).toEqual([true, undefined]);
    await cache.invalidate(source);
    expect([firstUse(), firstUse()]).toEqual([true, undefined]);
    clock.advance(86_400);
    expect([firstUse(), firstUse()]).toEqual([true, undefined]);
    utimesSync(source, 1, 1);
    expect([firstUse(), firstUse()]).toEqual([true, undefined]);
  });

  test("is that memory refused an entry, unless memory is off", () => {
    const messages = recordMessages("giflab:cache");
    newCache({ memoryLimitMb: 100 / MB }).put(source, animation(3));
    newCache({ memoryLimitMb: 0 }).put(source, animation(3));
    expect(messages.map(({ operation, refused }) => [operation, refused])).toEqual([
      ["put", true],
      ["put", undefined],
    ]);
  });

  test("is one message per look-up, with the tier on hits, and one per put, eviction and clear", async () => {
    const path = await onDisk();
    const other = writeSource(join(folder, "b.gif"));
    const messages = recordMessages("giflab:cache");
    const cache = newCache({ memoryLimitMb: (1.5 * entryBytes) / MB });
    cache.get(other);
    cache.get(path);
    cache.get(path);
    cache.put(other, animation(1));
    await cache.clear();
    const common = { cache: "frame", seconds: 0, memoryLimitBytes: 1.5 * entryBytes };
    expect(messages).toEqual([
      { ...common, operation: "get", outcome: "miss", memoryBytes: 0, firstUse: true },
      { ...common, operation: "get", outcome: "hit", memoryBytes: entryBytes, tags: { tier: "disk" }, firstUse: true },
      {
        ...common,
        operation: "get",
        outcome: "hit",
        memoryBytes: entryBytes,
        tags: { tier: "memory" },
        reuseDistanceBytes: entryBytes,
      },
      { ...common, operation: "evict", count: 1, memoryBytes: 0 },
      { ...common, operation: "put", memoryBytes: entryBytes },
      { ...common, operation: "clear", count: 1, memoryBytes: 0 },
    ]);
  });
});
