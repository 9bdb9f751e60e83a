import { copyFileSync, renameSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ManualClock } from "@giflab/metrics-core";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type ContentHasher, loadContentHasher } from "../../src/caching/content-hash.ts";
import { FrameCache } from "../../src/caching/frame-cache.ts";
import type { FrameCacheOptions } from "../../src/caching/frame-cache-options.ts";
import { scratchFolder } from "./scratch-folder.ts";
import { animation, writeSource } from "./test-animation.ts";

let folder: string;
let source: string;
const open: FrameCache[] = [];

beforeEach(() => {
  folder = scratchFolder();
  source = writeSource(join(folder, "a.gif"), "GIF89a one");
});

afterEach(async () => {
  for (const cache of open.splice(0)) await cache.close();
});

function newCache(options: FrameCacheOptions = {}): FrameCache {
  const cache = new FrameCache({
    keyBy: "content",
    diskPath: join(folder, "frame_cache.db"),
    clock: new ManualClock(),
    onWarning: (message) => expect.unreachable(message),
    ...options,
  });
  open.push(cache);
  return cache;
}

describe("a FrameCache keyed by content", () => {
  test("hits for a copied, a moved and a touched file, in memory and on disk", async () => {
    const first = newCache();
    first.put(source, animation(1));
    const copy = join(folder, "copy.gif");
    copyFileSync(source, copy);
    utimesSync(source, 1, 1);
    const moved = join(folder, "moved.gif");
    expect([first.get(source), first.get(copy)]).toEqual([animation(1), animation(1)]);
    renameSync(source, moved);
    expect(first.get(moved)).toEqual(animation(1));
    await first.close();
    expect(
      newCache()
        .get(copy)
        ?.frames.map(({ rgba }) => rgba),
    ).toEqual(animation(1).frames.map(({ rgba }) => rgba));
    expect(first.stats().misses).toBe(0);
  });

  test("misses when one byte of the file changed, and hits when it is as before", () => {
    const cache = newCache();
    cache.put(source, animation(1));
    writeFileSync(source, "GIF89a onf");
    expect(cache.get(source)).toBeUndefined();
    writeFileSync(source, "GIF89a one");
    expect(cache.get(source)).toEqual(animation(1));
  });

  test("keeps frame limits apart, and files of one content share the entry of each", () => {
    const cache = newCache();
    cache.put(source, animation(1), { maxFrames: 3 });
    expect(cache.get(source)).toBeUndefined();
    expect(cache.get(writeSource(join(folder, "b.gif"), "GIF89a one"), { maxFrames: 3 })).toEqual(animation(1));
  });

  test("reads a file again only when its time, size or inode changed", () => {
    const hasher = vi.fn<ContentHasher>((bytes) => `length:${bytes.byteLength}`);
    const cache = newCache({ contentHasher: hasher });
    for (let look = 0; look < 5; look++) cache.get(source);
    expect(hasher).toHaveBeenCalledTimes(1);
    utimesSync(source, 1, 1);
    cache.get(source);
    expect(hasher).toHaveBeenCalledTimes(2);
  });

  test("invalidates the content of a file, whatever its name was then, and no other", async () => {
    const cache = newCache();
    const other = writeSource(join(folder, "b.gif"), "GIF89a two");
    cache.put(source, animation(1));
    cache.put(other, animation(2));
    const moved = join(folder, "moved.gif");
    renameSync(source, moved);
    expect(await cache.invalidate(moved)).toBe(1);
    expect(cache.get(moved)).toBeUndefined();
    expect(cache.get(other)).toEqual(animation(2));
    expect(await cache.invalidate(join(folder, "missing.gif"))).toBe(0);
  });

  test("keeps entries of different kinds of hash apart", async () => {
    newCache().put(source, animation(1));
    await open.at(-1)!.close();
    expect(newCache({ contentHasher: await loadContentHasher() }).get(source)).toBeUndefined();
    expect(newCache({ keyBy: "version" }).get(source)).toBeUndefined();
    expect(newCache().get(source)).toBeDefined();
  });

  test("takes a missing file for a miss that is not counted", () => {
    const cache = newCache();
    expect(cache.get(join(folder, "missing.gif"))).toBeUndefined();
    expect(cache.stats().totalAccesses).toBe(0);
  });
});
