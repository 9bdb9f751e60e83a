import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { FrameCache } from "../../src/caching/frame-cache.ts";
import type { FrameCacheOptions } from "../../src/caching/frame-cache-options.ts";
import { ResizedFrameCache } from "../../src/caching/resized-frame-cache.ts";
import type { RgbaImage } from "../../src/caching/rgba-image.ts";
import { scratchFolder } from "./scratch-folder.ts";
import { animation, writeSource } from "./test-animation.ts";

let folder: string;
let source: string;
let warnings: string[];

beforeEach(() => {
  folder = scratchFolder();
  source = writeSource(join(folder, "a.gif"));
  warnings = [];
});

afterEach(() => {
  vi.unstubAllEnvs();
});

function frameCache(options: FrameCacheOptions = {}): FrameCache {
  const onWarning = (message: string) => warnings.push(message);
  return new FrameCache({ detectMutation: true, diskPath: join(folder, "frames.db"), onWarning, ...options });
}

function resizeCache(detectMutation: boolean): ResizedFrameCache {
  const onWarning = (message: string) => warnings.push(message);
  return new ResizedFrameCache({ detectMutation, clearSignalPath: join(folder, "resize"), onWarning });
}

const image: RgbaImage = { width: 4, height: 4, rgba: new Uint8ClampedArray(64).fill(7) };
const half = { width: 2, height: 2 };

/** What nobody may do; the type of shared pixels does not allow it either. */
function writeTo(pixels: RgbaImage["rgba"]): void {
  new Uint8Array(pixels.buffer)[5]! ^= 1;
}

describe("with detectMutation", () => {
  test("a frame that somebody wrote to is dropped, in memory and on disk, and is a miss, and the warning names it", async () => {
    await using cache = frameCache();
    cache.put(source, animation(1));
    await cache.flush();
    expect(cache.get(source)).toBeDefined();
    writeTo(cache.get(source)!.frames[1]!.rgba);
    expect(cache.get(source)).toBeUndefined();
    expect(warnings).toEqual([expect.stringContaining(`pixels of`)]);
    expect(warnings[0]).toContain(`${source} in the frame cache: they are shared`);
    expect(cache.stats()).toMatchObject({ hits: 2, misses: 1, memoryEntries: 0 });
    await cache.flush();
    expect(cache.get(source)).toBeUndefined();
    cache.put(source, animation(1));
    expect(cache.get(source)).toEqual(animation(1));
    expect(warnings).toHaveLength(1);
  });

  test("frames from disk are watched too", async () => {
    const first = frameCache();
    first.put(source, animation(1));
    await first.close();
    await using cache = frameCache();
    writeTo(cache.get(source)!.frames[0]!.rgba);
    expect(cache.get(source)).toBeUndefined();
    expect(warnings).toHaveLength(1);
  });

  test("what was written to since its last look-up is told at close", async () => {
    const cache = frameCache();
    const gif = animation(1);
    cache.put(source, gif);
    writeTo(gif.frames[2]!.rgba);
    await cache.close();
    expect(warnings).toHaveLength(1);
    const resize = resizeCache(true);
    writeTo(resize.get(image, half, { identity: "a" }).rgba);
    resize.close();
    expect(warnings[1]).toContain("a:2x2:AREA in the resize cache");
  });

  test("resized frames that somebody wrote to are made again", () => {
    using cache = resizeCache(true);
    const first = cache.get(image, half, { identity: "a" });
    writeTo(first.rgba);
    const second = cache.get(image, half, { identity: "a" });
    expect(second.rgba).toEqual(new Uint8ClampedArray(16).fill(7));
    expect(cache.stats()).toMatchObject({ hits: 0, misses: 2 });
    writeTo(second.rgba);
    using leased = cache.lease(image, half, { identity: "a" });
    expect(leased.rgba).toEqual(new Uint8ClampedArray(16).fill(7));
    expect(warnings).toHaveLength(2);
  });

  test("nothing is said of pixels that nobody wrote to", async () => {
    const cache = frameCache();
    cache.put(source, animation(1));
    for (let look = 0; look < 3; look++) expect(cache.get(source)).toBeDefined();
    await cache.close();
    expect(warnings).toEqual([]);
  });
});

test("GIFLAB_CACHE_DEBUG=1 turns it on where nothing else is said, and without either nothing is looked at", async () => {
  const outcome = async (options: FrameCacheOptions): Promise<boolean> => {
    await using cache = frameCache({ diskLimitMb: 0, ...options });
    cache.put(source, animation(1));
    writeTo(cache.get(source)!.frames[0]!.rgba);
    return cache.get(source) !== undefined;
  };
  expect(await outcome({ detectMutation: undefined })).toBe(true);
  vi.stubEnv("GIFLAB_CACHE_DEBUG", "1");
  expect(await outcome({ detectMutation: undefined })).toBe(false);
  expect(await outcome({ detectMutation: false })).toBe(true);
});

test("the type of shared pixels does not let an element be set", () => {
  using cache = resizeCache(false);
  const { rgba } = cache.get(image, half, { identity: "a" });
  const before = rgba[0];
  // @ts-expect-error shared pixels are read-only
  rgba[0] = before;
  expect(rgba[0]).toBe(before);
});
