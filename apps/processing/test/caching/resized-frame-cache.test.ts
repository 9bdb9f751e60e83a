import { join } from "node:path";
import { ManualClock } from "@giflab/metrics-core";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  ResizedFrameCache,
  type ResizedFrameCacheOptions,
  type ResizeMethod,
} from "../../src/caching/resized-frame-cache.ts";
import type { RgbaImage } from "../../src/caching/rgba-image.ts";
import { recordMessages } from "./recorded-messages.ts";
import { scratchFolder } from "./scratch-folder.ts";
import { SeededRandom } from "./seeded-random.ts";

const MB = 2 ** 20;

let folder: string;
let clock: ManualClock;
const open: ResizedFrameCache[] = [];

beforeEach(() => {
  folder = scratchFolder();
  clock = new ManualClock();
});

afterEach(() => {
  for (const cache of open.splice(0)) cache.close();
});

function newCache(options: ResizedFrameCacheOptions = {}): ResizedFrameCache {
  const cache = new ResizedFrameCache({ clearSignalPath: join(folder, "resize_cache.cleared"), clock, ...options });
  open.push(cache);
  return cache;
}

function image(width: number, height: number, seed = 1): RgbaImage {
  const random = new SeededRandom(seed);
  return { width, height, rgba: Uint8ClampedArray.from({ length: 4 * width * height }, () => random.below(256)) };
}

const half = { width: 4, height: 4 };

describe("ResizedFrameCache", () => {
  test("resizes once, and returns the same pixels to everybody who asks", () => {
    const cache = newCache();
    const source = image(8, 8);
    const first = cache.get(source, half);
    const second = cache.get({ ...source, rgba: source.rgba.slice() }, half);
    expect(second.rgba).toBe(first.rgba);
    expect(cache.stats()).toMatchObject({ hits: 1, misses: 1, hitRate: 0.5, entries: 1, averageHitCount: 1 });
  });

  test("averages areas exactly", () => {
    const source: RgbaImage = {
      width: 2,
      height: 2,
      rgba: Uint8ClampedArray.from([10, 0, 0, 255, 20, 0, 0, 255, 30, 0, 0, 255, 41, 0, 4, 255]),
    };
    expect([...newCache().get(source, { width: 1, height: 1 }).rgba]).toEqual([25, 0, 1, 255]);
  });

  test("returns an image of the wanted size as it is, uncounted", () => {
    const cache = newCache();
    const source = image(4, 4);
    expect(cache.get(source, half)).toBe(source);
    expect(cache.stats()).toMatchObject({ hits: 0, misses: 0, hitRate: undefined });
  });

  test("keeps sizes, methods and images apart", () => {
    const cache = newCache();
    cache.get(image(8, 8, 1), half);
    cache.get(image(8, 8, 2), half);
    cache.get(image(8, 8, 1), { width: 4, height: 2 });
    cache.get(image(8, 8, 1), half, { method: "NEAREST" });
    expect(cache.stats()).toMatchObject({ hits: 0, misses: 4 });
  });

  test("takes an unknown method for area", () => {
    const cache = newCache();
    const area = cache.get(image(8, 8), half);
    expect(cache.get(image(8, 8), half, { method: "MAGIC" as ResizeMethod }).rgba).toBe(area.rgba);
  });

  test("checks the time of an entry at every look-up, and starts it anew with each hit", () => {
    const cache = newCache();
    cache.get(image(8, 8), half);
    for (let hour = 0; hour < 3; hour++) {
      clock.advance(3599);
      cache.get(image(8, 8), half);
    }
    expect(cache.stats()).toMatchObject({ hits: 3, misses: 1 });
    clock.advance(3600);
    cache.get(image(8, 8), half);
    expect(cache.stats()).toMatchObject({ hits: 3, misses: 2, evictions: 1, ttlEvictions: 1 });
  });

  test("never changes or reuses pixels it has returned, when they are evicted too", () => {
    const cache = newCache({ memoryLimitMb: 400 / MB });
    const held = Array.from({ length: 40 }, (_, seed) => {
      const got = cache.get(image(8, 8, seed), half, { method: "CUBIC" });
      return { got, before: got.rgba.slice() };
    });
    expect(cache.stats().evictions).toBeGreaterThan(30);
    expect(new Set(held.map(({ got }) => got.rgba.buffer)).size).toBe(40);
    for (const { got, before } of held) expect(got.rgba).toEqual(before);
  });

  test("uses scratch memory again: nearly always, once it is in swing", () => {
    const cache = newCache();
    for (let seed = 0; seed < 50; seed++) {
      cache.get(image(8, 8, seed), half, { method: "LANCZOS4" });
      using _ = cache.lease(image(8, 8, seed), { width: 3, height: 5 });
    }
    expect(cache.stats().bufferPool.reuseRate).toBeGreaterThan(0.9);
  });

  test("clear empties cache, counts and idle scratch memory, and leaves what is out alone", () => {
    const cache = newCache();
    const { rgba } = cache.get(image(8, 8), half, { method: "CUBIC" });
    const before = rgba.slice();
    const out = cache.pool.acquire(500);
    expect(cache.stats().bufferPool.buffers).toBeGreaterThan(0);
    cache.clear();
    expect(cache.stats()).toMatchObject({ hits: 0, misses: 0, entries: 0, memoryBytes: 0 });
    expect(cache.stats().bufferPool).toMatchObject({ buffers: 0, bytes: 0 });
    cache.get(image(8, 8, 2), half, { method: "CUBIC" });
    expect(rgba).toEqual(before);
    cache.pool.release(out);
    expect(cache.pool.acquire(500)).toBe(out);
  });

  test("gives back idle scratch memory before entries, and no more entries than are asked for", () => {
    const cache = newCache();
    cache.pool.release(cache.pool.acquire(1000));
    for (const identity of ["a", "b", "c"]) cache.get(image(8, 8), half, { identity });
    const entryBytes = (cache.memoryBytes - 1000) / 3;
    expect(cache.shrink(400)).toBe(1000);
    expect(cache.stats()).toMatchObject({ entries: 3, evictions: 0 });
    cache.pool.release(cache.pool.acquire(1000));
    expect(cache.shrink(1000 + entryBytes)).toBe(1000 + entryBytes);
    expect(cache.mostUsed().map(({ key }) => key)).toEqual(["b:4x4:AREA", "c:4x4:AREA"]);
    expect(cache.shrink(1e9)).toBe(2 * entryBytes);
    expect(cache.memoryBytes).toBe(0);
  });

  test("leases an image in scratch memory, whose release gives the memory to one other user only", () => {
    const cache = newCache();
    const first = cache.lease(image(8, 8), half);
    expect(first.rgba).toEqual(cache.get(image(8, 8), half).rgba);
    first.release();
    const second = cache.lease(image(8, 8, 2), half);
    expect(second.rgba.buffer).toBe(first.rgba.buffer);
    first.release();
    expect(cache.lease(image(8, 8, 3), half).rgba.buffer).not.toBe(second.rgba.buffer);
  });

  test("never takes cached pixels for scratch memory", () => {
    const cache = newCache();
    const kept = cache.get(image(8, 8), half, { identity: "one" });
    const before = kept.rgba.slice();
    const lease = cache.lease(image(8, 8), half, { identity: "one" });
    expect(lease.rgba).toBe(kept.rgba);
    lease.release();
    cache.lease(image(8, 8, 2), half);
    expect(kept.rgba).toEqual(before);
  });

  test("keeps the levels of a pyramid", () => {
    const cache = newCache();
    let made = 0;
    const make = () => {
      made++;
      return { ...half, pixels: new Uint8Array(16).fill(7) };
    };
    const first = cache.level("frame 1", half, make);
    expect(cache.level("frame 1", half, make).pixels).toBe(first.pixels);
    cache.level("frame 2", half, make);
    expect(made).toBe(2);
  });

  test("lists the entries used most", () => {
    const cache = newCache();
    for (const [identity, uses] of [
      ["a", 1],
      ["b", 4],
      ["c", 2],
    ] as const) {
      for (let use = 0; use <= uses; use++) cache.get(image(8, 8), half, { identity });
    }
    expect(cache.mostUsed(2).map(({ key, hitCount }) => [key, hitCount])).toEqual([
      ["b:4x4:AREA", 4],
      ["c:4x4:AREA", 2],
    ]);
  });

  test("is emptied by another process within a second", () => {
    const running = newCache();
    running.get(image(8, 8), half);
    newCache().clear({ everyProcess: true });
    clock.advance(0.5);
    running.get(image(8, 8), half);
    expect(running.stats()).toMatchObject({ hits: 0, misses: 2, entries: 1 });
  });

  test("refuses a size that is none", () => {
    expect(() => newCache().get(image(8, 8), { width: 0, height: 4 })).toThrow(RangeError);
    expect(() => newCache().get(image(8, 8), { width: 1.5, height: 4 })).toThrow("1.5 x 4");
  });

  test("computes anew each time when disabled", () => {
    const messages = recordMessages("giflab:cache");
    const cache = newCache({ enabled: false });
    expect(cache.get(image(8, 8), half).rgba).not.toBe(cache.get(image(8, 8), half).rgba);
    expect(messages).toEqual([]);
  });

  test("tells of hits and misses truly", () => {
    const messages = recordMessages("giflab:cache");
    const cache = newCache();
    cache.get(image(8, 8), half, { identity: "a" });
    cache.get(image(8, 8), half, { identity: "a" });
    expect(messages.map(({ cache: name, operation, outcome }) => [name, operation, outcome])).toEqual([
      ["resize", "get", "miss"],
      ["resize", "put", undefined],
      ["resize", "get", "hit"],
    ]);
  });

  test("tells size and method of look-ups, and takes sizes beyond 64 together", () => {
    const messages = recordMessages("giflab:cache");
    const cache = newCache();
    const grey = { width: 4, height: 3 };
    cache.level("a", grey, () => ({ ...grey, pixels: new Uint8Array(12) }));
    for (let width = 100; width < 165; width++) cache.get(image(8, 8), { width, height: 2 }, { identity: "a" });
    cache.get(image(8, 8), half, { identity: "a", method: "NEAREST" });
    cache.get(image(8, 8), { width: 100, height: 2 }, { identity: "a", method: "CUBIC" });
    const tags = messages
      .filter(({ cache: name, operation }) => name === "resize" && operation === "get")
      .map((message) => message["tags"]);
    expect(tags[0]).toEqual({ size: "4x3", method: "GREY" });
    expect(tags[63]).toEqual({ size: "162x2", method: "AREA" });
    expect(tags.slice(64)).toEqual([
      { size: "other", method: "AREA" },
      { size: "other", method: "AREA" },
      { size: "other", method: "NEAREST" },
      { size: "100x2", method: "CUBIC" },
    ]);
  });
});

describe("interpolation", () => {
  const methods: ResizeMethod[] = ["NEAREST", "LINEAR", "CUBIC", "LANCZOS4", "AREA"];

  test.each(methods)("%s keeps a plain colour plain, at any size", (method) => {
    const plain: RgbaImage = { width: 7, height: 5, rgba: new Uint8ClampedArray(4 * 35).fill(123) };
    for (const size of [
      { width: 3, height: 2 },
      { width: 20, height: 13 },
      { width: 1, height: 1 },
    ]) {
      const { rgba } = newCache().get(plain, size, { method });
      expect([...new Set(rgba)]).toEqual([123]);
    }
  });

  test("LINEAR doubles two pixels by quarters", () => {
    const source: RgbaImage = { width: 2, height: 1, rgba: Uint8ClampedArray.from([0, 0, 0, 0, 100, 100, 100, 100]) };
    const { rgba } = newCache().get(source, { width: 4, height: 1 }, { method: "LINEAR" });
    expect([0, 4, 8, 12].map((at) => rgba[at])).toEqual([0, 25, 75, 100]);
  });

  test("NEAREST takes the pixels at scaled positions", () => {
    const source: RgbaImage = { width: 4, height: 1, rgba: Uint8ClampedArray.from({ length: 16 }, (_, at) => at) };
    const { rgba } = newCache().get(source, { width: 2, height: 1 }, { method: "NEAREST" });
    expect([...rgba]).toEqual([0, 1, 2, 3, 8, 9, 10, 11]);
  });

  test("CUBIC overshoots at an edge as the kernel with a = -0.75 does", () => {
    const source: RgbaImage = {
      width: 4,
      height: 1,
      rgba: Uint8ClampedArray.from({ length: 16 }, (_, at) => (at < 8 ? 50 : 150)),
    };
    const { rgba } = newCache().get(source, { width: 8, height: 1 }, { method: "CUBIC" });
    // Target 2 lies at 0.75: the weights of pixels -1 to 2 are -0.03516, 0.26172, 0.87891, -0.10547, and pixel 2 is 150.
    expect(rgba[8]).toBe(Math.round(50 + 100 * -0.10546875));
  });
});
